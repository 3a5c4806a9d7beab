"""Labels of the audit actions of the pilots slice."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, Any] = {
    "call.pilots_started": _l("Pilots of the call started"),
    "pilot.proposed": _l("Pilot proposed"),
    "pilot.propose_again": _l("Pilot proposed again after a correction"),
    "pilot.award_changed": _l("Award of a pilot changed by a correction"),
    "pilot.agree": _l("Pilot agreed"),
    "pilot.start": _l("Pilot started"),
    "pilot.accept": _l("Pilot accepted"),
    "pilot.fail": _l("Pilot ended without acceptance"),
    "pilot.cancel": _l("Pilot cancelled"),
    "milestone.reported": _l("Milestone reported"),
    "milestone.accepted": _l("Milestone accepted"),
    "milestone.returned": _l("Milestone returned to the team"),
}
