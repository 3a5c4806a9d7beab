"""Checks of a call before publication: what is missing or wrong, and what should be looked at again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from competition.calls import queries, stages, vocabulary
from competition.calls.lifecycle import BUDGET_COMMITTED
from competition.calls.models import Call, CallDocument, Stage
from competition.calls.queries import CriterionView, current_rubric
from competition.extensions import db
from competition.kernel.text.i18n import LANGUAGE_LABELS, money
from competition.kernel.text.lists import joined

ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+")
NEEDED_DETAILS = ("problem", "eligibility")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a call: ``section`` is where it can be corrected; ``blocking`` keeps it from being published.

    ``field`` names the field of the section's form that holds what cannot be right, in a row as ``kpis-1-target``;
    what is only missing has none.
    """

    section: str
    text: str
    blocking: bool
    field: str = ""
    stage: int | None = None  # of a finding about criteria: the position of their stage


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks need besides the call."""

    stages: Sequence[Stage]
    rubrics: Sequence[tuple[int, str, Sequence[CriterionView]]]  # position, name, criteria of each scored stage
    pending_documents: int
    promised_minor: int  # budgets of the programme's other calls


def load(call: Call) -> Context:
    """Load the context of the checks with three queries, and two for each scored stage."""
    pending = select(func.count()).select_from(CallDocument).where(
        CallDocument.call_id == call.id, CallDocument.state == "pending"
    )
    others = select(func.coalesce(func.sum(Call.budget_minor), 0)).where(
        Call.programme_id == call.programme_id, Call.id != call.id, Call.state.in_(BUDGET_COMMITTED)
    )
    rows = queries.stages(call.id)
    rubrics = [
        (stage.position, name, current_rubric(stage.id).criteria)
        for stage, name in zip(rows, stages.stage_names(rows), strict=True) if stages.is_scored(stage)
    ]
    return Context(rows, rubrics, db.session.scalar(pending) or 0, int(db.session.scalar(others) or 0))


def findings(call: Call, context: Context, now: datetime) -> list[Finding]:
    """Blocking findings first, in the order of the editor's sections."""
    in_sections = [*_texts(call), *_facts(call, context), *_dates(call, now), *_stages(call, context), *_rules(call),
                   *_rubrics(call, context)]
    return sorted(in_sections, key=lambda finding: not finding.blocking)


def untranslated(call: Call) -> list[tuple[str, list[str]]]:
    """Texts that exist in some but not all languages of the programme: ``(label, missing language codes)``."""
    languages = call.programme.languages
    texts = [(str(spec.label), getattr(call, spec.key)) for spec in vocabulary.HEADLINES]
    texts += [(str(spec.label), call.details.get(spec.key) or {}) for spec in vocabulary.DETAILS]
    missing = [
        (label, [code for code in languages if not versions.get(code)]) for label, versions in texts if versions
    ]
    return [(label, codes) for label, codes in missing if codes]


def _texts(call: Call) -> Iterator[Finding]:
    for spec in vocabulary.HEADLINES:
        if not getattr(call, spec.key):
            yield Finding("texts", _("%(field)s is empty.", field=spec.label), True)
    for spec in vocabulary.DETAILS:
        if spec.key in NEEDED_DETAILS and not call.details.get(spec.key):
            yield Finding("texts", _("“%(field)s” is empty.", field=spec.label), True)
    for label, codes in untranslated(call):
        names = joined(LANGUAGE_LABELS[code] for code in codes)
        yield Finding("texts", _("“%(field)s” is missing in: %(languages)s. Readers will see another language.",
                                 field=label, languages=names), False)


def _facts(call: Call, context: Context) -> Iterator[Finding]:
    currency = call.programme.currency
    if call.theme not in call.programme.themes:
        yield Finding("facts", _("Choose a theme: readers filter calls by it."), True)
    if not call.contact:
        yield Finding("facts", _("Say whom teams can ask."), True)
    elif not ADDRESS.fullmatch(call.contact):
        text = _("“%(contact)s” is no e-mail address: teams could not ask.", contact=call.contact)
        yield Finding("facts", text, True, "contact")
    if call.slots < 1:
        yield Finding("facts", _("Say how many pilots are wanted: at least one."), True, "slots")
    if call.budget_minor <= 0:
        yield Finding("facts", _("Set the budget of this call."), True)
    elif call.award_cap_minor and call.award_cap_minor > call.budget_minor:
        yield Finding("facts", _("The limit per pilot is above the budget of this call, %(budget)s.",
                                 budget=money(call.budget_minor, currency)), True, "award_cap_minor")
    elif call.award_cap_minor and call.award_cap_minor * call.slots > call.budget_minor:
        yield Finding("facts", _("%(slots)s pilots at the limit of %(cap)s each cost more than the budget.",
                                 slots=call.slots, cap=money(call.award_cap_minor, currency)), False)
    if call.budget_minor > call.programme.budget_minor:
        yield Finding("facts", _("The budget of this call is above the programme’s, %(budget)s.",
                                 budget=money(call.programme.budget_minor, currency)), True, "budget_minor")
    elif context.promised_minor + call.budget_minor > call.programme.budget_minor:
        yield Finding("facts", _("With this call the programme promises %(sum)s; its budget is %(budget)s.",
                                 sum=money(context.promised_minor + call.budget_minor, currency),
                                 budget=money(call.programme.budget_minor, currency)), False)
    if context.pending_documents:
        yield Finding("documents", _("A document is still being checked; it appears when that is done."), False)


def _dates(call: Call, now: datetime) -> Iterator[Finding]:
    if call.deadline_at is None:
        yield Finding("dates", _("Set the deadline for entries."), True)
    elif call.deadline_at <= now:
        yield Finding("dates", _("The deadline is in the past. Choose a later one."), True)
    for name in ("questions_close_at", "notice_at", "pilot_at"):
        if getattr(call, name) is None:
            yield Finding("dates", _("“%(date)s” has no date yet.", date=vocabulary.DATES[name]), False)
    if not call.kpis:
        yield Finding("kpis", _("There are no targets: pilots could not be measured."), False)
    for number, kpi in enumerate(call.kpis, 1):
        for name, label in (("baseline", _("Today")), ("target", _("Aim"))):
            value = kpi.get(name) or ""
            if value and not any(letter.isdigit() for letter in str(value)):
                text = _("Target %(number)s, “%(field)s”: write a figure instead of “%(value)s”; its unit has a field "
                         "of its own.", number=number, field=label, value=value)
                yield Finding("kpis", text, True, f"kpis-{number - 1}-{name}")


def _stages(call: Call, context: Context) -> Iterator[Finding]:
    for row, (stage, name) in enumerate(zip(context.stages, stages.stage_names(context.stages), strict=True)):
        if stage.due_at is None:
            text = _("“%(stage)s” has no due date: judges and teams would not know until when.", stage=name)
            yield Finding("stages", text, True, f"stages-{row}-due_at")
        own = stage.quorum is not None or stage.reviews is not None or stage.kind == "defence"
        if stages.is_scored(stage) and own and stages.reviews(stage, call) < stages.quorum(stage, call):
            text = _("“%(stage)s” gives each entry %(reviews)s judges but needs %(quorum)s scores: none is ranked.",
                     stage=name, reviews=stages.reviews(stage, call), quorum=stages.quorum(stage, call))
            yield Finding("stages", text, True, f"stages-{row}-reviews")
    for row, column, text in stages.misplaced_dates(context.stages, call.deadline_at, call.notice_at):
        yield Finding("stages", text, True, f"stages-{row}-{column}")


def _rules(call: Call) -> Iterator[Finding]:
    if call.reviews_per_entry < call.quorum:
        yield Finding("rules", _("Each entry gets %(reviews)s judges but needs %(quorum)s scores: none is ranked.",
                                 reviews=call.reviews_per_entry, quorum=call.quorum), True)
    if call.panel_min % 2 == 0:
        yield Finding("rules", _("An odd panel cannot be split evenly; this one has an even minimum."), False)
    if call.method == "trimmed" and call.reviews_per_entry < call.trim_from:
        yield Finding("rules", _("With %(reviews)s judges per entry nothing is ever dropped: that begins at %(trim)s.",
                                 reviews=call.reviews_per_entry, trim=call.trim_from), False)
    if call.file_max_bytes > call.entry_max_bytes:
        yield Finding("rules", _("One file may be larger than a whole entry. Lower the limit per file."), True)


def _rubrics(call: Call, context: Context) -> Iterator[Finding]:
    several = len(context.rubrics) > 1
    for position, name, criteria in context.rubrics:
        for text, blocking in _rubric(criteria):
            yield Finding("criteria", _("%(stage)s: %(text)s", stage=name, text=text) if several else text, blocking,
                          stage=position if several else None)
    keys = {c.key for c in context.rubrics[-1][2]} | set(vocabulary.GENERAL_TIE_BREAKS)
    if any(key not in keys for key in call.tie_break):
        yield Finding("criteria", _("The tie-break order names a criterion that is not in the rubric."), True)


def _rubric(criteria: Sequence[CriterionView]) -> Iterator[tuple[str, bool]]:
    """What is wrong with one rubric, and whether it keeps the call from being published."""
    if not criteria:
        yield _("Add at least one criterion."), True
    total = sum(criterion.weight for criterion in criteria)
    if criteria and total != 100:
        yield _("The weights add up to %(total)s. They work, but 100 is easier to read.", total=total), False
    if any(not criterion.guidance for criterion in criteria):
        yield _("Some criteria have no guidance: judges will read them differently."), False
