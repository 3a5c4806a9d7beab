"""Labels of the audit actions of the results slice."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, Any] = {
    "results.run_requested": _l("Aggregation of the scores requested"),
    "results.run_finished": _l("Scores aggregated"),
    "results.lots_drawn": _l("Lots drawn"),
    "results.run_failed": _l("Aggregation of the scores failed"),
}
