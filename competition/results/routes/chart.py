"""The charts of the results pages as data for ``chart.js`` and as positions for the plot of one entry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from competition.calls.models import Call
from competition.kernel.text.i18n import lang
from competition.results.decision_source import SELECTED
from competition.results.models import Run
from competition.results.queries.board import Dot
from competition.results.queries.cutoff import Cutoff
from competition.results.queries.explanation import Explanation

STEP, MARGIN, TICKS_MOST = 5, 2, 7  # points between ticks, points beside the outermost mark, ticks on a phone
Z = 1.96  # half the width of a 95 % interval in standard errors


@dataclass(frozen=True, slots=True)
class CutLine:
    """The chart's document as JSON that may stand in a page, and how many entries it shows."""

    count: int
    document: Markup


def cut_line(call: Call, run: Run, dots: tuple[Dot, ...]) -> CutLine | None:
    """The chart; None when there is nothing to draw."""
    if not dots:
        return None
    return _chart(url_for("results_organizer.show", call_code=call.code), int(run.parameters["slots"]), lang(), dots)


@lru_cache(maxsize=64)
def _chart(base: str, slots: int, _lang: str, dots: tuple[Dot, ...]) -> CutLine:
    """The chart of these dots, cached: while a call is decided, its page is opened again and again."""
    close = [at for at, dot in enumerate(dots) if dot.close]
    cut = next((at for at, dot in enumerate(dots) if dot.rank > slots), None)
    note = _("rank %(low)s to %(high)s", low="{}", high="{}")  # translated once, filled for every dot
    return CutLine(len(dots), htmlsafe_json_dumps({
        "rows": [_mark(base, note, dot, slots) for dot in dots], "cut": cut,
        "band": [close[0], close[-1] + 1] if close else None,
        "labels": {"axis": _("Calibrated score"), "cut": _("Slots end here"), "band": _("Too close to call")},
    }))


@dataclass(frozen=True, slots=True)
class Interval:
    """One score of an entry on the plot's axis; positions in percent of its width, scores in points."""

    score: float
    low: float | None
    high: float | None
    cut: float | None
    at: float
    left: float | None
    right: float | None
    line: float | None


@dataclass(frozen=True, slots=True)
class Intervals:
    """An entry's official and calibrated score beside the cut, and the ticks of the axis they share."""

    official: Interval | None
    calibrated: Interval | None
    ticks: list[tuple[int, float]]


def intervals(explanation: Explanation, cutoff: Cutoff | None) -> Intervals | None:
    """The plot of one entry; None when it has no score."""
    line = explanation.line
    if line.official_value is None:
        return None
    half = Z * (line.standard_error or 0.0)
    low, high = (None, None) if line.calibrated is None else (line.calibrated - half, line.calibrated + half)
    cuts = (None, None) if cutoff is None else (cutoff.score, cutoff.calibrated)
    marks = [v for v in (line.official_value, line.calibrated, low, high, *cuts) if v is not None]
    first = max(0, int((min(marks) - MARGIN) // STEP) * STEP)
    last = min(100, -int(-(max(marks) + MARGIN) // STEP) * STEP)

    def at(value: float | None) -> float | None:
        return None if value is None else round(min(100.0, max(0.0, 100 * (value - first) / (last - first))), 2)

    def interval(score: float | None, low: float | None, high: float | None, cut: float | None) -> Interval | None:
        if score is None:
            return None
        return Interval(score, low, high, cut, at(score) or 0.0, at(low), at(high), at(cut))

    every = STEP if last - first <= TICKS_MOST * STEP else 2 * STEP
    return Intervals(
        official=interval(line.official_value, None, None, cuts[0]),
        calibrated=interval(line.calibrated, low, high, cuts[1]),
        ticks=[(value, at(value) or 0.0) for value in range(first, last + 1, every)],
    )


def _mark(base: str, note: str, dot: Dot, slots: int) -> dict[str, Any]:
    inside = dot.outcome == SELECTED if dot.outcome else dot.rank <= slots
    return {
        "code": dot.code, "name": dot.team, "score": round(dot.score, 2),
        "low": round(dot.score - Z * dot.se, 2), "high": round(dot.score + Z * dot.se, 2),
        "state": "close" if dot.close else "in" if inside else "out", "url": f"{base}/{dot.code}",
        "note": note.format(dot.lo, dot.hi),
    }
