"""Labels of the states of pilots and milestones."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

PILOT_STATES = {
    "proposed": _l("Proposed"), "agreed": _l("Agreed"), "running": _l("Running"), "accepted": _l("Accepted"),
    "failed": _l("Not accepted"), "cancelled": _l("Cancelled"),
}
MILESTONE_STATES = {
    "planned": _l("Planned"), "reported": _l("Reported"), "accepted": _l("Accepted"), "returned": _l("Returned"),
}
