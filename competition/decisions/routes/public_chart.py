"""The cutoff of a published result as data for ``chart.js``: only entries that are named in public, without links."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from competition.decisions.queries.published import PublicResult
from competition.results.routes.chart import Z

FEWEST, MOST = 3, 60  # entries on the chart


def public_chart(result: PublicResult) -> dict[str, Any] | None:
    """The chart; None when fewer than :data:`FEWEST` named entries have a calibrated score."""
    entries = [w for w in (*result.selected, *result.reserve) if w.calibrated is not None]
    entries.sort(key=lambda winner: (winner.outcome != "selected", -(winner.calibrated or 0.0)))
    if len(entries) < FEWEST:
        return None
    selected = sum(winner.outcome == "selected" for winner in entries)
    return {
        "rows": [
            {
                "code": w.code, "name": w.team, "score": round(w.calibrated or 0.0, 2),
                "low": round((w.calibrated or 0.0) - Z * (w.standard_error or 0.0), 2),
                "high": round((w.calibrated or 0.0) + Z * (w.standard_error or 0.0), 2),
                "state": "in" if w.outcome == "selected" else "out",
            }
            for w in entries[:MOST]
        ],
        "cut": selected if selected < min(len(entries), MOST) else None, "band": None,
        "labels": {"axis": _("Calibrated score (information)"), "cut": _("Selected end here")},
    }
