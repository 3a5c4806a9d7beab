"""A call's rules as sentences for readers, each made from the columns that the platform applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls import stages as stage_numbers
from competition.calls.carry import combine
from competition.calls.models import Call, Stage
from competition.calls.stages import is_scored, stage_names
from competition.calls.vocabulary import GENERAL_TIE_BREAKS
from competition.kernel.text import i18n
from competition.kernel.text.i18n import file_size, text_in
from competition.kernel.text.points import points_text

EXAMPLE = (Fraction(70), Fraction(80))  # scores of two stages; every share of them has at most one decimal


class RuleCriterion(Protocol):
    """What the rules need to know of a criterion."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> dict[str, str]: ...
    @property
    def gate(self) -> bool: ...
    @property
    def floor_percent(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule for readers: a short title and what it means."""

    key: str
    title: str
    text: str


class RuleQuestion(Protocol):
    """What the rules need to know of a question of the entry form."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> dict[str, str]: ...


def rules(
    call: Call, criteria: Sequence[RuleCriterion], questions: Sequence[RuleQuestion] = (), stages: Sequence[Stage] = (),
) -> list[Rule]:
    """Every rule of a call that a team can rely on, in the order in which it meets them."""
    return [
        *_entering(call), *_judging(call), *_scoring(call, stages), *_calibration(call, questions),
        *_gates(call, criteria), *_deciding(call, criteria),
    ]


def _entering(call: Call) -> list[Rule]:
    own = _paragraph(_("A team enters this call once."), ngettext(
        "It may have %(num)d open entry in this programme at a time.",
        "It may have %(num)d open entries in this programme at a time.", call.open_calls_per_team))
    partners = ngettext(
        "A lead applicant may bring %(num)d partner.", "A lead applicant may bring up to %(num)d partners.",
        call.partners_max) if call.partners_max else _("Teams enter without partners.")
    again = _("Until the deadline an entry can be withdrawn and submitted again; the last one counts.") \
        if call.resubmit else _("An entry that was submitted cannot be changed.")
    grace = _paragraph(_("The platform’s clock decides."), ngettext(
        "What arrives up to %(num)d second after the deadline still counts; later is too late.",
        "What arrives up to %(num)d seconds after the deadline still counts; later is too late.", call.grace_seconds))
    files = _("Up to %(files)s files, %(each)s each and %(all)s together.", files=call.entry_max_files,
              each=file_size(call.file_max_bytes), all=file_size(call.entry_max_bytes))
    return [Rule("once", _("One entry"), own), Rule("partners", _("Partners"), partners),
            Rule("resubmit", _("Changing an entry"), again), Rule("grace", _("The deadline"), grace),
            Rule("files", _("Files"), files)]


def _judging(call: Call) -> list[Rule]:
    panel = ngettext("The panel has at least %(num)d judge.", "The panel has at least %(num)d judges.", call.panel_min)
    blind = _("Judges do not see who you are.") if call.blind else ""
    names = _("The judges’ names are published with the result.") if call.judge_names_public \
        else _("The judges’ names are not published.")
    conflicts = _("A judge with a tie to a team neither reads nor scores its entry, and does not count for it.")
    return [Rule("panel", _("Panel"), _paragraph(panel, blind, names)),
            Rule("recusal", _("Conflicts of interest"), conflicts)]


def _scoring(call: Call, stages: Sequence[Stage]) -> list[Rule]:
    quorum = ngettext("An entry is ranked only with at least %(num)d valid score.",
                      "An entry is ranked only with at least %(num)d valid scores.", call.quorum)
    planned = ngettext("Each entry is given to %(num)d judge.", "Each entry is given to %(num)d judges.",
                       call.reviews_per_entry)
    methods = {
        "mean": _("The score of an entry is the plain mean of its judges’ weighted totals."),
        "median": _("The score of an entry is the median of its judges’ weighted totals."),
        "trimmed": _("With %(from_)s valid scores or more, exactly one highest and one lowest total are dropped; "
                     "with fewer, all count. The rest is averaged.", from_=call.trim_from),
    }
    exact = _("Nothing is rounded before ranking.")
    usual = (call.quorum, call.reviews_per_entry)
    own = _("A stage with other numbers says so above.") if any(
        (stage_numbers.quorum(stage, call), stage_numbers.reviews(stage, call)) != usual
        for stage in stages if is_scored(stage)
    ) else ""
    return [Rule("quorum", _("Quorum"), _paragraph(planned, quorum, own)),
            Rule("method", _("Score"), _paragraph(methods[call.method], exact))]


def _calibration(call: Call, questions: Sequence[RuleQuestion]) -> list[Rule]:
    beside = _("Beside the official score stands a calibrated one, which takes out how severe each judge is.")
    labels = {question.key: text_in(question.label) for question in questions}
    grouped = grouping_sentence(call.group_by, labels.get(call.group_by, ""))
    drawn = _("Between entries that are too close to call a public draw decides, if the places are not enough for all "
              "of them.") if call.lottery else ""
    return [Rule("calibration", _("Calibrated score"), _paragraph(beside, grouped)),
            Rule("band", _("Too close to call"), _paragraph(band_sentence(call.band_percent), drawn))]


def grouping_sentence(group_by: str, question: str) -> str:
    """By what entries are grouped in the calibration; empty where they are not. ``question``: the label, if any."""
    if not group_by:
        return ""
    if group_by == "language":
        return _("The calibrated score knows which entries are written in the same language, so that judges who read "
                 "weaker entries of one language are not taken for strict.")
    if not question:
        return _("The calibrated score knows which entries gave the same answer to a question of the entry form, so "
                 "that judges who read a weaker topic are not taken for strict.")
    return _("The calibrated score knows which entries gave the same answer to “%(question)s”, so that judges who read "
             "a weaker topic are not taken for strict.", question=question)


def band_sentence(band_percent: int) -> str:
    """Which entries are too close to call at this level of the band."""
    edge = (100 - band_percent) / 2
    digits = 0 if edge.is_integer() else 1
    return _("An entry is too close to call when its chance of a place, with another panel of the same kind, lies "
             "between %(low)s %% and %(high)s %%.", low=i18n.number(edge, digits), high=i18n.number(100 - edge, digits))


def _gates(call: Call, criteria: Sequence[RuleCriterion]) -> list[Rule]:
    gate_rules = []
    if call.pass_mark is not None:
        mark = _("An entry below %(mark)s of 100 is not selected; slots may stay empty.", mark=call.pass_mark)
        gate_rules.append(Rule("pass", _("Pass mark"), mark))
    gates = [criterion for criterion in criteria if criterion.gate]
    if gates:
        listed = _list(_("%(criterion)s (%(percent)s%%)", criterion=text_in(criterion.label),
                         percent=_floor(call, criterion)) for criterion in gates)
        gate_rules.append(Rule("gates", _("Gates"), _(
            "An entry must reach a part of the points in each of these, whatever its total: %(criteria)s.",
            criteria=listed)))
    return gate_rules


def _deciding(call: Call, criteria: Sequence[RuleCriterion]) -> list[Rule]:
    names: dict[str, Any] = {criterion.key: text_in(criterion.label) for criterion in criteria}
    order = [str(names.get(key) or GENERAL_TIE_BREAKS.get(key, key)) for key in call.tie_break]
    ties = _("Equal scores are settled in this order: %(order)s. What is still equal shares a rank.",
             order=_list(order)) if order else _("Equal scores share a rank.")
    notice = ngettext("The proposed selection is public for %(num)d working day before it is final.",
                      "The proposed selection is public for %(num)d working days before it is final.",
                      call.notice_working_days)
    return [Rule("ties", _("Equal scores"), ties), Rule("notice", _("Public notice"), notice)]


def stage_rules(call: Call, stages: Sequence[Stage], place: int) -> list[Rule]:
    """The rules of one stage of a call: its numbers, what counts in it, and who goes on from it."""
    stage, names = stages[place], stage_names(stages)
    own = []
    if is_scored(stage):
        own = [Rule("judges", _("Judges"), _stage_numbers(call, stage))]
        before = next((at for at in range(place - 1, -1, -1) if is_scored(stages[at])), None)
        if before is not None:
            own.append(Rule("carry", _("Score"), _carried(stage, names[before])))
        if stage.deliberation:
            own.append(Rule("deliberation", _("Discussion"), _(
                "After the scores are closed the panel discusses entries. A judge who then changes a score says why, "
                "and both versions are kept.")))
    if place < len(stages) - 1:
        own.append(Rule("advance", _("Who goes on"), advance_sentence(stage, names[place + 1])))
    return own


def _stage_numbers(call: Call, stage: Stage) -> str:
    quorum, reviews = stage_numbers.quorum(stage, call), stage_numbers.reviews(stage, call)
    return _paragraph(
        ngettext("The panel has at least %(num)d judge.", "The panel has at least %(num)d judges.",
                 stage_numbers.panel_min(stage, call)),
        ngettext("Each entry is given to %(num)d judge.", "Each entry is given to %(num)d judges.", reviews),
        ngettext("An entry is ranked only with at least %(num)d valid score.",
                 "An entry is ranked only with at least %(num)d valid scores.", quorum),
    )


def carry_sentence(how: str, percent: int | None, before: str) -> str:
    """How the score of the stage called ``before`` counts in the next one; empty where it does not."""
    if how == "sum":
        return _("The score of “%(before)s” is added to the score of this stage; each is on 0 to 100.", before=before)
    if how == "weighted" and percent is not None:
        return _("The score is %(percent)s%% of the score of “%(before)s” and %(rest)s%% of the score of this stage.",
                 percent=percent, rest=100 - percent, before=before)
    return ""


def _carried(stage: Stage, before: str) -> str:
    """What an earlier stage counts, with an example that is computed exactly."""
    rule = carry_sentence(stage.carry, stage.carry_percent, before)
    if not rule:
        return _("Scores of earlier stages do not count in this one.")
    total = combine(stage.carry, stage.carry_percent, EXAMPLE[0], EXAMPLE[1])
    mark = _("The pass mark is measured against half of the sum.") if stage.carry == "sum" else ""
    first, second = EXAMPLE
    return _paragraph(rule, mark, _("Example: %(first)s and then %(second)s make %(total)s.", first=_points(first),
                                    second=_points(second), total=_points(total)))


def _points(score: Fraction) -> str:
    return points_text(int(score * 100))


def advance_sentence(stage: Stage, following: str) -> str:
    """Which entries go on from a stage to the one called ``following``."""
    if stage.kind == "eligibility":
        return _("Entries that pass go on to “%(next)s”; every other team is told the reason.", next=following)
    if stage.advance == "top" and stage.advance_top is not None:
        return _paragraph(
            ngettext("The best entry goes on to “%(next)s”.", "The best %(num)d entries go on to “%(next)s”.",
                     stage.advance_top, next=following),
            _("Entries that share the last place go on together."),
            _("Example: when two entries share rank %(rank)s, %(number)s go on.", rank=stage.advance_top,
              number=stage.advance_top + 1),
        )
    if stage.advance == "mark" and stage.advance_mark is not None:
        mark = stage.advance_mark
        return _paragraph(
            _("All entries with a score of at least %(mark)s go on to “%(next)s”.", mark=mark, next=following),
            _("Example: %(mark)s goes on, %(below)s does not; nothing is rounded.", mark=mark,
              below=_points(mark - Fraction(1, 100))),
        )
    return _("The organizers choose which entries go on to “%(next)s”; every other team is told the reason.",
             next=following)


def _floor(call: Call, criterion: RuleCriterion) -> int:
    return call.floor_percent if criterion.floor_percent is None else criterion.floor_percent


def _paragraph(*sentences: str) -> str:
    """Sentences one after another, with the space that the language sets between them."""
    return i18n.language().sentence_gap.join(sentence for sentence in sentences if sentence)


def _list(parts: Any) -> str:
    return str(_("; ")).join(parts)
