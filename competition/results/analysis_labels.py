"""Texts about what in the judging deserves a look: what was seen, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from competition.calls.vocabulary import METHODS
from competition.kernel.text.i18n import number
from competition.kernel.text.points import points_text
from competition.results.queries.analysis import Fairness
from competition.results.thresholds import DRIFT_POINTS, HURRIED_SECONDS, SEVERE_POINTS


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding: its heading, and what to do about it."""

    key: str
    title: Any
    advice: Any


KINDS = (
    Kind("identical", _l("The same scores again and again"), _l(
        "Ask the judge whether these entries are alike on every criterion. If not, let the sheets be reopened.")),
    Kind("copied", _l("One comment on several sheets"), _l(
        "A team learns nothing from a comment that fits every entry. Ask the judge for a reason of its own for each.")),
    Kind("shared", _l("One comment by several judges"), _l(
        "Ask whether they scored together. Judges score on their own; talk before scoring makes their scores one.")),
    Kind("hurried", _l("Hardly time to read"), _l(
        "Ask the judge how these entries were read, and let somebody else score those near the line as well.")),
    Kind("drift", _l("Stricter or milder over time"), _l(
        "Entries that were read late met another yardstick. Ask for one more score of those near the line.")),
    Kind("severity", _l("Far stricter or milder than the panel"), _l(
        "No fault by itself, and the calibrated score takes it out. See that every entry near the line has scores of "
        "several judges, and talk about the rubric before the next stage.")),
    Kind("noise", _l("Often far from the others"), _l(
        "Read some of the comments: the judge may know something, or may read the rubric in another way. The "
        "calibrated score gives these scores less weight.")),
    Kind("influence", _l("Decides several places"), _l(
        "Look at this judge’s sheets first when you check the result, and at the conflicts of interest.")),
    Kind("outlier", _l("Single scores far from what was expected"), _l(
        "Read the judge’s reason beside it. A reason that only this judge saw is worth more than agreement; a slip of "
        "the hand is reopened.")),
)


def method_name(method: str) -> str:
    """One of the ways in which totals become a score."""
    return _("Calibrated score") if method == "calibrated" else str(METHODS[method])


def sentence(finding: Mapping[str, Any], fairness: Fairness) -> str:
    """What was seen, in one sentence, without the names of judges."""
    return SENTENCES[finding["kind"]](finding, fairness)


def _identical(finding: Mapping[str, Any], _fairness: Fairness) -> str:
    scores = " · ".join(points_text(score) if score >= 0 else "–" for score in finding["scores"])
    return ngettext("%(num)s of %(of)s sheet has the scores %(scores)s.",
                    "%(num)s of %(of)s sheets have the scores %(scores)s.", finding["sheets"], of=finding["of"],
                    scores=scores)


def _copied(finding: Mapping[str, Any], fairness: Fairness) -> str:
    return ngettext("%(num)s of %(of)s sheet says: “%(text)s”", "%(num)s of %(of)s sheets say: “%(text)s”",
                    finding["sheets"], of=finding["of"], text=_text(finding, fairness))


def _shared(finding: Mapping[str, Any], fairness: Fairness) -> str:
    return ngettext("%(num)s sheet says the same: “%(text)s”", "%(num)s sheets say the same: “%(text)s”",
                    finding["sheets"], text=_text(finding, fairness))


def _hurried(finding: Mapping[str, Any], _fairness: Fairness) -> str:
    return ngettext(
        "%(num)s of %(of)s sheet was submitted within %(limit)s seconds at most, typically %(seconds)s.",
        "%(num)s of %(of)s sheets were submitted within %(limit)s seconds at most, typically %(seconds)s.",
        finding["sheets"], of=finding["of"], limit=HURRIED_SECONDS, seconds=finding["seconds"])


def _drift(finding: Mapping[str, Any], _fairness: Fairness) -> str:
    points = float(finding["points"])
    low, high = sorted((abs(float(finding["low"])), abs(float(finding["high"]))))
    text = (_("From the first of %(sheets)s sheets to the last the judge grew %(points)s points milder (%(low)s to "
              "%(high)s).") if points > 0 else
            _("From the first of %(sheets)s sheets to the last the judge grew %(points)s points stricter (%(low)s to "
              "%(high)s)."))
    return text % {"sheets": finding["sheets"], "points": number(abs(points), 1), "low": number(low, 1),
                   "high": number(high, 1)}


def _severity(finding: Mapping[str, Any], _fairness: Fairness) -> str:
    points = float(finding["points"])
    low, high = sorted((abs(float(finding["low"])), abs(float(finding["high"]))))
    words = {"points": number(abs(points), 1), "low": number(low, 1), "high": number(high, 1)}
    if points > 0:
        return _("%(points)s points milder than the panel for the same entries (%(low)s to %(high)s).", **words)
    return _("%(points)s points stricter than the panel for the same entries (%(low)s to %(high)s).", **words)


def _noise(finding: Mapping[str, Any], fairness: Fairness) -> str:
    judge = fairness.of_judge(finding["seats"][0])
    if not judge.get("noise_low"):
        return _("This judge’s scores vary much more around the panel’s than usual.")
    return _("This judge’s scores vary more around the panel’s than usual: the noise lies between %(low)s and %(high)s "
             "times the average.", low=number(float(judge["noise_low"]), 1), high=number(float(judge["noise_high"]), 1))


def _influence(finding: Mapping[str, Any], _fairness: Fairness) -> str:
    return ngettext("Without this judge %(num)s place would go to somebody else.",
                    "Without this judge %(num)s places would go to others.", finding["places"])


def _outlier(finding: Mapping[str, Any], fairness: Fairness) -> str:
    total = number(float(finding["total"]), 1)
    if finding["expected"] == "nan":
        return _("%(total)s points, far from what the entry and this judge’s habit give.", total=total)
    return _("%(total)s points, where the other judges’ scores and this judge’s habit give %(expected)s.", total=total,
             expected=number(float(finding["expected"]), 1))


def reason(finding: Mapping[str, Any], fairness: Fairness) -> str:
    """What the judge wrote on the sheet of a single score; empty for other findings."""
    return _text(finding, fairness) if finding["kind"] == "outlier" else ""


def _text(finding: Mapping[str, Any], fairness: Fairness) -> str:
    text = " ".join(fairness.texts.get(finding["sheet"], "").split())
    return text if len(text) <= TEXT_MOST else f"{text[:TEXT_MOST].rstrip()} …"


def thresholds() -> list[str]:
    """The thresholds that are not in the sentences themselves."""
    return [
        _("Severity is named where its whole 95 %% interval lies more than %(points)s points from the panel.",
          points=number(SEVERE_POINTS, 0)),
        _("A change over time is named from %(points)s points on, if chance alone would hardly make it.",
          points=number(DRIFT_POINTS, 0)),
        _("The time of a sheet runs from the judge’s act before it, or from the opening of the entry, to its "
          "submission."),
    ]


TEXT_MOST = 240  # characters of a comment
SENTENCES = {
    "identical": _identical, "copied": _copied, "shared": _shared, "hurried": _hurried, "drift": _drift,
    "severity": _severity, "noise": _noise, "influence": _influence, "outlier": _outlier,
}


def duration(seconds: int | None) -> str:
    """A time as minutes and seconds, in hours from two hours on."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return _("%(seconds)s s", seconds=seconds)
    if seconds < 7200:
        return _("%(minutes)s min", minutes=number(seconds / 60, 1 if seconds < 600 else 0))
    return _("%(hours)s h", hours=number(seconds / 3600, 0))
