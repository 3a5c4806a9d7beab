"""Labels of the audit actions of the decisions slice."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, Any] = {
    "stage.decided": _l("Decided which entries go on from a stage"),
    "selection.requested": _l("Selection requested"),
    "selection.finished": _l("Selection found"),
    "selection.failed": _l("Selection found no solution"),
    "decisions.proposed": _l("Decisions proposed"),
    "decision.adjusted": _l("Decision changed by the organizer"),
    "decisions.applied": _l("Decisions applied"),
    "decisions.reopened": _l("Decisions reopened"),
    "results.published": _l("Results published"),
    "results.corrected": _l("Corrected results published"),
    "results.correction_opened": _l("Correction of the results begun"),
    "results.correction_discarded": _l("Correction of the results discarded"),
    "call.archived": _l("Call completed"),
    "calendar.day_set": _l("Working day or holiday set"),
    "calendar.day_removed": _l("Working day or holiday removed"),
}
