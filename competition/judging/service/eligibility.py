"""Commands on the eligibility check of an entry: mark points, ask the team, pass, and close the stage.

Rejecting an entry needs two persons: see :mod:`competition.judging.service.rejection`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, select

from competition.calls.lifecycle import STAGE
from competition.calls.models import Call, Stage
from competition.entries.models import Entry, Membership
from competition.entries.service.team_mail import mail_members
from competition.extensions import db
from competition.judging.lifecycle import ELIGIBILITY
from competition.judging.models import EligibilityCheck, StageOutcome
from competition.judging.queries.eligibility import OwnCheck, counts
from competition.judging.queries.panel import organizers_of
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.errors import IllegalMove, Missing, RuleBroken, StaleVersion
from competition.kernel.jobs import mail, outbox
from competition.kernel.web.access import Actor

REMIND_BEFORE = timedelta(days=1)
MAILED_AT_ONCE = 50  # entries in one job
MARKS = ("met", "unmet")


@dataclass(frozen=True)
class DueArguments:
    """The check whose time to answer is nearly over, or over; ``until`` tells a later question from this one."""

    stage: UUID
    entry: UUID
    until: datetime


@dataclass(frozen=True)
class PassedArguments:
    """Entries whose teams get a mail that they take part."""

    entries: Sequence[UUID]


PASSED = outbox.Kind("eligibility.passed", PassedArguments)
REMIND = outbox.Kind("eligibility.remind", DueArguments)
OVERDUE = outbox.Kind("eligibility.overdue", DueArguments)


@dataclass(slots=True)
class HeldCheck:
    """A check with what it is about, locked for this transaction."""

    check: EligibilityCheck
    entry: Entry
    stage: Stage


def hold(call: Call, entry_code: str) -> HeldCheck:
    """Lock the check of an entry; the first touch makes its row.

    Raises
    ------
    Missing
        When the call has no eligibility stage, or no submitted entry with this code.
    IllegalMove
        Before the stage is opened and after it is closed.
    """
    stage = db.session.scalars(
        select(Stage).where(Stage.call_id == call.id, Stage.kind == "eligibility").with_for_update(read=True)
    ).one_or_none()
    entry = db.session.scalars(
        select(Entry).where(Entry.call_id == call.id, Entry.code == entry_code, Entry.state == "submitted")
        .with_for_update()
    ).one_or_none()
    if stage is None or entry is None:
        raise Missing("")
    check = db.session.get(EligibilityCheck, (stage.id, entry.id), with_for_update=True)
    if stage.state == "planned":
        raise IllegalMove(_("The eligibility check has not begun."))
    if stage.state == "closed" and (check is None or check.state not in {"rejected", "objected"}):
        raise IllegalMove(_("The eligibility check of this call is closed."))
    if check is None:
        check = EligibilityCheck(stage_id=stage.id, entry_id=entry.id, state="open", version=0, marks={})
        db.session.add(check)
    return HeldCheck(check, entry, stage)


def save_marks(
    *, call: Call, entry_code: str, marks: Mapping[str, str], note: str, version: int, actor: Actor, now: datetime
) -> None:
    """Store which points are met. The team sees nothing of it until it is asked, passed or rejected.

    Raises
    ------
    StaleVersion
        When somebody else saved in between.
    RuleBroken
        For a point that the call does not have.
    """
    case = hold(call, entry_code)
    points = {point["key"] for point in call.checklist}
    if set(marks) - points or set(marks.values()) - set(MARKS):
        raise RuleBroken(_("Choose one of the answers offered."))
    if case.check.version != version:
        raise StaleVersion(
            _("Somebody else saved this check in the meantime. What you chose is still here: look and save again."),
            mine=dict(marks), theirs=case.check.marks, version=case.check.version,
        )
    before = dict(case.check.marks)
    case.check.marks, case.check.note = dict(marks), note
    case.check.version += 1
    _record("eligibility.checked", case, actor_id=actor.id, now=now, before=before, marks=dict(marks))


def ask(*, call: Call, entry_code: str, question: str, actor: Actor, now: datetime) -> None:
    """Ask the team to add what is missing; it gets a mail, and a reminder a day before the time is over."""
    if not question.strip():
        raise RuleBroken(_("Write what is missing: the team reads it."), field="question")
    case = hold(call, entry_code)
    ELIGIBILITY.advance(case.check, "ask")
    check, until = case.check, now + timedelta(days=call.answer_days)
    check.question, check.asked_at, check.answer_until = question.strip(), now, until
    check.answer, check.answered_at = "", None
    check.version += 1
    _record("eligibility.asked", case, actor_id=actor.id, now=now, question=check.question, until=until)
    mail_members(case.entry, "judging/eligibility_asked", now=now, question=check.question, until=until)
    arguments = DueArguments(stage=case.stage.id, entry=case.entry.id, until=until)
    key = f"{case.stage.id}:{case.entry.id}:{until.isoformat()}"
    outbox.add(REMIND, arguments, key=key, now=now, delay=max(until - REMIND_BEFORE - now, timedelta(0)))
    outbox.add(OVERDUE, arguments, key=key, now=now, delay=until - now)


def answer(*, own: OwnCheck, text: str, actor: Actor, now: datetime) -> None:
    """The team answers what it was asked; the organizers get a mail. Files were added before, one by one.

    Raises
    ------
    RuleBroken
        Without a text.
    IllegalMove
        When the team was not asked, or the time is over.
    """
    case = _hold_own(own, actor)
    if not text.strip():
        raise RuleBroken(_("Write an answer: say what you added and where it is."), field="answer")
    _check_in_time(case, now)
    ELIGIBILITY.advance(case.check, "answer")
    case.check.answer, case.check.answered_at = text.strip(), now
    case.check.version += 1
    _record("eligibility.answered", case, actor_id=actor.id, now=now, answer=text.strip())
    mail_organizers("judging/eligibility_answered", case, now, answer=text.strip())


def object_to_rejection(*, own: OwnCheck, text: str, actor: Actor, now: datetime) -> None:
    """The team objects to its rejection; the organizers get a mail and decide again.

    Raises
    ------
    RuleBroken
        Without grounds.
    IllegalMove
        When the entry is not rejected, or the time to object is over.
    """
    case = _hold_own(own, actor)
    if not text.strip():
        raise RuleBroken(_("Write why the rejection is wrong, and where the organizers can see it."), field="objection")
    _check_in_time(case, now)
    ELIGIBILITY.advance(case.check, "object")
    case.check.objection, case.check.objected_at = text.strip(), now
    case.check.version += 1
    _record("eligibility.objected", case, actor_id=actor.id, now=now, objection=text.strip())
    mail_organizers("judging/eligibility_objected", case, now, objection=text.strip())


def pass_entries(*, call: Call, entry_codes: Sequence[str], actor: Actor, now: datetime) -> int:
    """Let entries take part; returns how many. One that has been decided meanwhile is left as it is."""
    passed: list[UUID] = []
    for code in sorted(set(entry_codes)):
        case = hold(call, code)
        if not ELIGIBILITY.may(case.check, "pass"):
            continue
        before = ELIGIBILITY.advance(case.check, "pass")
        case.check.decided_at = now
        case.check.version += 1
        set_outcome(case, "advanced", "", actor_id=actor.id, now=now)
        _record("eligibility.passed", case, actor_id=actor.id, now=now, before=before)
        passed.append(case.entry.id)
    for batch in batches(passed, MAILED_AT_ONCE):
        outbox.add(PASSED, PassedArguments(entries=batch), key=f"{batch[0]}:{now.isoformat()}", now=now)
    return len(passed)


def set_outcome(case: HeldCheck, outcome: str, reason: str, *, actor_id: UUID | None, now: datetime) -> None:
    db.session.execute(delete(StageOutcome).where(
        StageOutcome.stage_id == case.stage.id, StageOutcome.entry_id == case.entry.id
    ))
    db.session.add(StageOutcome(
        stage_id=case.stage.id, entry_id=case.entry.id, outcome=outcome, reason=reason, decided_at=now,
        decided_by=actor_id,
    ))


def close(*, call: Call, actor: Actor, now: datetime) -> None:
    """End the eligibility check once every entry is decided; teams may still object in the time that they have.

    Raises
    ------
    Missing
        When the call has no eligibility stage.
    IllegalMove
        When the stage is not open.
    RuleBroken
        While an entry is not decided.
    """
    stage = db.session.scalars(
        select(Stage).where(Stage.call_id == call.id, Stage.kind == "eligibility").with_for_update()
    ).one_or_none()
    if stage is None:
        raise Missing("")
    numbers = counts(call)
    if numbers.undecided:
        raise RuleBroken(ngettext("Not closed: %(num)s entry is not decided.",
                                  "Not closed: %(num)s entries are not decided.", numbers.undecided))
    STAGE.advance(stage, "close")
    stage.closed_at, stage.closed_by = now, actor.id
    audit.record(
        "stage.closed", chain=call.id, subject=call.code, actor_id=actor.id, now=now, stage=stage.kind,
        passed=numbers.of("passed"), rejected=numbers.of("rejected"),
    )


def _hold_own(own: OwnCheck, actor: Actor) -> HeldCheck:
    """Lock the check of one's own entry, if one still belongs to its team."""
    case = hold(own.call, own.entry_code)
    belongs = db.session.scalar(
        select(Membership.user_id).where(Membership.team_id == case.entry.team_id, Membership.user_id == actor.user_id)
    )
    if belongs is None:
        raise Missing("")
    return case


def _check_in_time(case: HeldCheck, now: datetime) -> None:
    if case.check.answer_until is not None and now > case.check.answer_until:
        raise IllegalMove(_("The time to answer is over. Write to the contact of the call."))


def _record(action: str, case: HeldCheck, *, actor_id: UUID | None, now: datetime, **data: Any) -> None:
    audit.record(action, chain=case.entry.call_id, subject=case.entry.code, actor_id=actor_id, now=now, **data)


def mail_organizers(template: str, case: HeldCheck, now: datetime, **context: Any) -> None:
    """Write to those who run the programme of the call."""
    call = case.entry.call
    for email, locale in organizers_of(call.programme_id):
        mail.send(template, to=email, locale=locale, now=now, call=call, entry=case.entry, **context)
