"""Texts of the results pages: the rule and the warnings of a run as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from competition.calls.rules import band_sentence, carry_sentence, grouping_sentence
from competition.calls.stages import KINDS
from competition.kernel.text.i18n import number, text_in
from competition.kernel.text.lists import clauses, joined, row
from competition.results.models import Run

RUN_STATES = {"queued": _l("On its way"), "done": _l("Done"), "failed": _l("Failed")}
BY_PEOPLE = ("panel_vote", "recorded_draw")  # tie-breaks that no computation decides
FLAGS = {
    "no_scores": _l("No scores"), "constant": _l("Gives everybody the same score"), "few_entries": _l("Few entries"),
    "noisy": _l("Often far from the others"),
}


def flag(key: str) -> str:
    return str(FLAGS.get(key, key))


def tie_name(key: str, rubric: list[dict[str, Any]]) -> str:
    """A tie-break by name: a criterion's label, or one of the general rules."""
    general = {
        "untrimmed_mean": _("mean of all judges, none dropped"), "lower_quote": _("lower quote"),
        "panel_vote": _("a vote of the panel"), "recorded_draw": _("a recorded draw"),
    }
    labels = {c["key"]: text_in(c["label"]) for c in rubric}
    return general.get(key) or labels.get(key, key)


def left_out(counts: Mapping[str, int]) -> list[str]:
    """Why submitted score sheets count for nothing, one sentence a reason."""
    sentences: dict[str, Callable[[int], str]] = {
        "conflict": lambda n: ngettext(
            "%(num)s submitted score sheet does not count because of a conflict of interest.",
            "%(num)s submitted score sheets do not count because of a conflict of interest.", n),
        "dependent": lambda n: ngettext(
            "%(num)s submitted score sheet does not count because its judge has a role in the programme or a team in "
            "the call.",
            "%(num)s submitted score sheets do not count because their judges have a role in the programme or a team "
            "in the call.", n),
        "unanswered": lambda n: ngettext(
            "%(num)s submitted score sheet does not count until its judge says again that there is no conflict of "
            "interest.",
            "%(num)s submitted score sheets do not count until their judges say again that there is no conflict of "
            "interest.", n),
        "seat": lambda n: ngettext(
            "%(num)s submitted score sheet does not count because its judge was taken off the panel.",
            "%(num)s submitted score sheets do not count because their judges were taken off the panel.", n),
        "older": lambda n: ngettext(
            "%(num)s submitted score sheet does not count because the team sent a newer version of its entry.",
            "%(num)s submitted score sheets do not count because the teams sent newer versions of their entries.", n),
        "voided": lambda n: ngettext(
            "%(num)s submitted score sheet does not count because two organizers voided it.",
            "%(num)s submitted score sheets do not count because two organizers voided them.", n),
        "withdrawn": lambda n: ngettext(
            "%(num)s submitted score sheet does not count because its entry was withdrawn.",
            "%(num)s submitted score sheets do not count because their entries were withdrawn.", n),
    }
    return [sentence(counts[reason]) for reason, sentence in sentences.items() if counts.get(reason)]


def method_sentences(method: Mapping[str, Any], rubric: list[dict[str, Any]]) -> list[str]:
    """The official rule, one sentence a step, in the order in which it is applied."""
    steps = [_("Each judge scores every criterion. The weighted scores of one judge add up to a total between 0 and "
               "100.")]
    steps.append(ngettext("An entry is ranked once %(num)s judge has scored it completely.",
                          "An entry is ranked once %(num)s judges have scored it completely.", method["quorum"]))
    steps.append(_combined(method))
    if "carry" in method:
        steps.append(carried(method["carry"]))
    gates = [text_in(c["label"]) for c in rubric if c["gate"]]
    if gates:
        steps.append(_("An entry is out when its mean on a gate is below the floor. Gates: %(names)s.",
                       names=joined(gates)))
    if method["pass_mark"] is not None:
        steps.append(_("An entry passes with %(mark)s points or more.", mark=method["pass_mark"]))
    computed = [tie_name(key, rubric) for key in method["tie_break"] if key not in BY_PEOPLE]
    if computed:
        steps.append(_("Between equal scores these decide, in this order: %(names)s.", names=clauses(computed)))
    steps.append(_("Entries that are still equal share a rank. Nothing is rounded before the ranks are made."))
    people = [tie_name(key, rubric) for key in method["tie_break"] if key in BY_PEOPLE]
    if people:
        steps.append(_("If the cut runs through a shared rank, people decide and give the reason: %(names)s.",
                       names=clauses(people)))
    return steps


def steps(run: Run) -> list[str]:
    """The rule of a run, and how it calibrated."""
    return [*method_sentences(run.method, run.summary["rubric"]), *calibration_sentences(run.parameters, run.summary)]


def stage_before(carry: Mapping[str, Any]) -> str:
    """The name of the stage whose score counts in a run."""
    return str(KINDS[carry["kind"]])


def carried(carry: Mapping[str, Any]) -> str:
    """How the score of the stage before counts in a run."""
    return carry_sentence(carry["how"], carry["percent"], stage_before(carry))


def _combined(method: Mapping[str, Any]) -> str:
    if method["method"] == "trimmed":
        return _("From %(count)s judges on, the highest and the lowest total are left out, one each. The score is the "
                 "mean of the others. With fewer judges it is the mean of all.", count=method["trim_from"])
    if method["method"] == "median":
        return _("The score is the middle one of the judges' totals.")
    return _("The score is the mean of the judges' totals.")


def calibration_sentences(parameters: Mapping[str, Any], summary: Mapping[str, Any]) -> list[str]:
    """How a run calibrated, and at which level it calls entries too close to call; empty without calibration."""
    if not summary.get("calibration"):
        return []
    grouping = summary.get("grouping")
    grouped = grouping_sentence(grouping["by"], text_in(grouping["label"])) if grouping else ""
    if grouping and grouping["groups"] == 1:
        grouped = _("All entries belong to the same group, so groups play no part in the calibrated score.")
    return [text for text in (grouped, band_sentence(int(parameters.get("band", 90)))) if text]


def warning(item: Mapping[str, Any]) -> str:
    """A stored warning of a run as a sentence: what it means for the reader."""
    code = item["code"]
    if code == "disconnected":
        return _("The judges fall into %(count)s groups that share no entry (%(sizes)s entries each), so severity "
                 "can't be compared. There are no calibrated scores; the official result stands.",
                 count=len(item["pools"]), sizes=row(item["pools"][:6]))
    if code == "not_comparable":
        return ngettext(
            "%(num)s entry is not comparable with the others and has no calibrated score: the judges who scored it "
            "(%(judges)s) scored no other entry that the other judges scored. One score by another judge would "
            "link it; the official result stands.",
            "%(num)s entries are not comparable with the others and have no calibrated score: the judges who scored "
            "them (%(judges)s) scored no entry that the other judges scored. Scores by other judges would link "
            "them; the official result stands.", item["entries"], judges=row(item["judges"]))
    if code == "flat":
        return _("The scores hardly distinguish the entries: chance alone could have made these differences. Places "
                 "near each other say little about quality; more judges per entry would say more.")
    if code == "not_identifiable":
        return _("There are too few scores to tell an entry's quality from a judge's severity. There are no "
                 "calibrated scores; the official result stands. (%(reason)s)", reason=item["reason"])
    if code == "not_converged":
        return _("The calibration with level %(level)s did not settle; a simpler one was used.", level=item["level"])
    if code == "agreement":
        return _("The panel's agreement can't be measured: %(reason)s", reason=item["reason"])
    return str(item.get("text", code))


def agreement_rows(measures: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, value and meaning of each measure of agreement that the run has."""
    names = {
        "ICC(2,1)": _("How much one judge's score says about the entry rather than about the judge."),
        "ICC(2,k)": _("The same for the mean of the panel, severity counted as error."),
        "ICC(3,1)": _("One judge's score, severity taken out."),
        "ICC(3,k)": _("The mean of the panel, severity taken out."),
    }
    icc = measures.get("icc", {})
    rows = [(name, number(float(icc[name])), text) for name, text in names.items() if icc.get(name)]
    if measures.get("spearman"):
        rows.append((_("Rank correlation"), number(float(measures["spearman"])),
                     _("Mean over pairs of judges who share at least three entries.")))
    if measures.get("kendall_w"):
        rows.append((_("Kendall’s W"), number(float(measures["kendall_w"])),
                     _("Whether the judges order the entries alike.")))
    return rows
