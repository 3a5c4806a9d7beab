"""Commands that end a stage: wait longer, take a sheet back from its judge, close."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.lifecycle import STAGE
from competition.calls.models import Call, Stage
from competition.calls.queries import current_stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.lifecycle import scoring_open
from competition.judging.models import Assignment, Seat
from competition.judging.queries.closing import Gaps, commitments, gaps
from competition.judging.queries.participants import sits_in
from competition.judging.service.assignment_counts import recount
from competition.judging.service.reminders import tell_due
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.data.canonical import digest
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.jobs import mail
from competition.kernel.text.languages import SOURCE
from competition.kernel.web.access import Actor

COMMITMENTS_IN_EVENT = 500
NAMED_IN_EVENT = 500  # missing sheets and short entries


def _hold(call: Call, now: datetime) -> Stage:
    """Lock the call, so that no sheet is submitted meanwhile; returns the stage that is being scored.

    Raises
    ------
    IllegalMove
        When none is.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    stage = current_stage(call.id)
    db.session.refresh(stage)
    if stage.state != "open" or not scoring_open(call.state, call.deadline_at, call.grace_seconds, now):
        raise IllegalMove(_("No stage of this call is being scored, so none can be closed."))
    return stage


def extend(*, call: Call, due_at: datetime, actor: Actor, now: datetime) -> None:
    """Wait for missing sheets until another date.

    Raises
    ------
    IllegalMove
        When no stage is being scored.
    RuleBroken
        When the date is not still to come, or not later than the one before.
    """
    stage = _hold(call, now)
    if due_at <= now or (stage.due_at is not None and due_at <= stage.due_at):
        raise RuleBroken(_("Choose a time that is still to come and later than the present due date."), field="due_at")
    before, stage.due_at = stage.due_at, due_at
    audit.record("stage.extended", chain=call.id, subject=stage.id, actor_id=actor.id, now=now,
                 stage=stage.position, before=before, after=due_at)
    tell_due(call, stage, now)


def replace_judges(*, call: Call, codes: Collection[str], actor: Actor, now: datetime) -> list[str]:
    """Take sheets that are not submitted back from their judges, so that others can get the entries.

    Returns the codes of the entries. Sheets that were submitted meanwhile stay.
    """
    stage = _hold(call, now)
    rows = db.session.execute(
        select(Assignment, Entry.code, Seat, User.locale).join(Entry, Entry.id == Assignment.entry_id)
        .join(Seat, Seat.id == Assignment.seat_id).outerjoin(User, User.id == Seat.user_id)
        .where(
            Assignment.stage_id == stage.id, Assignment.code.in_(list(codes)),
            Assignment.state.in_(("assigned", "cleared")), Assignment.progress.in_(("waiting", "draft")),
        ).order_by(Entry.code, Seat.number)
    ).all()
    for assignment, entry_code, seat, locale in rows:
        assignment.state, assignment.progress = "removed", "out"
        audit.record("assignment.taken_back", chain=call.id, subject=assignment.code, actor_id=actor.id, now=now,
                     seat=seat.number, entry=entry_code)
        if locale is not None:
            mail.send("judging/taken_back", to=seat.email, locale=locale, now=now, name=seat.name, call=call,
                      entry=entry_code)
    recount(seat.id for _assignment, _entry, seat, _locale in rows)
    return sorted({entry_code for _assignment, entry_code, _seat, _locale in rows})


def close(
    *, call: Call, without: Collection[str], without_all: bool, reason: dict[str, str], actor: Actor, now: datetime
) -> Stage:
    """Close the stage: its scores are sealed by the log and can be aggregated from now on.

    The ordered list of all seals is recorded before anybody can know a total.

    Parameters
    ----------
    without
        Codes of assignments and entries for which the organizer has answered "close without". All that is missing at
        the moment of closing must be among them, unless ``without_all``.
    reason
        By language, why it closes although something is missing; the result page publishes it.

    Raises
    ------
    IllegalMove
        When no stage is being scored, or something is missing that was not answered for.
    RuleBroken
        When something is missing and the reason is not there in every language.
    """
    stage = _hold(call, now)
    lacking = gaps(stage, call, most=None)
    if not without_all and set(lacking.codes) - set(without):
        raise IllegalMove(_("Something is missing that nobody has answered for: it may have changed since this page "
                            "was shown. Look at the list again."))
    texts = {code: text for code, text in reason.items() if text} if not lacking.complete else {}
    if not lacking.complete:
        _check_reason(call, texts)
    stage.closing_reason = texts or None
    if stage.deliberation:
        STAGE.advance(stage, "deliberate")
        _record("stage.discussing", call, stage, lacking, texts, actor, now)
        _mail_panel(call, stage, now)
        return stage
    STAGE.advance(stage, "close")
    stage.closed_at, stage.closed_by = now, actor.id
    _record("stage.closed", call, stage, lacking, texts, actor, now)
    return stage


def end_deliberation(*, call: Call, actor: Actor, now: datetime) -> Stage:
    """Close a stage whose panel has discussed: from now on its scores can be aggregated.

    The ordered list of all seals is recorded anew: judges may have changed scores of their own.

    Raises
    ------
    IllegalMove
        When no panel is discussing.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    stage = current_stage(call.id)
    db.session.refresh(stage)
    if stage.state != "discussing":
        raise IllegalMove(_("No panel of this call is discussing."))
    STAGE.advance(stage, "close")
    stage.closed_at, stage.closed_by = now, actor.id
    _record("stage.closed", call, stage, gaps(stage, call, most=None), stage.closing_reason or {}, actor, now)
    return stage


def _mail_panel(call: Call, stage: Stage, now: datetime) -> None:
    judges = select(Seat.name, Seat.email, User.locale).join(User, User.id == Seat.user_id).where(
        Seat.call_id == call.id, Seat.state == "accepted", sits_in(stage.id)
    )
    for row in db.session.execute(judges.order_by(Seat.number)):
        mail.send("judging/deliberation", to=row.email, locale=row.locale, now=now, name=row.name, call=call)


def _check_reason(call: Call, texts: dict[str, str]) -> None:
    for code in call.programme.languages or [SOURCE.code]:
        if not texts.get(code):
            raise RuleBroken(_("Write why the stage closes although something is missing, in every language of the "
                               "programme. The result page publishes it."), field=f"change_{code}")


def _record(
    action: str, call: Call, stage: Stage, lacking: Gaps, texts: dict[str, str], actor: Actor, now: datetime
) -> None:
    sealed = list(commitments(stage.id))
    parts = list(batches(sealed, COMMITMENTS_IN_EVENT))
    for number, part in enumerate(parts, 1):
        audit.record("stage.sealed", chain=call.id, subject=stage.id, actor_id=actor.id, now=now, stage=stage.position,
                     part=number, parts=len(parts), sheets=part)
    audit.record(
        action, chain=call.id, subject=stage.id, actor_id=actor.id, now=now, stage=stage.position,
        sheets=len(sealed), commitments=digest("commitments/1", sealed), reason=texts,
        missing=[[row.seat_number, row.entry_code] for row in lacking.missing[:NAMED_IN_EVENT]],
        missing_count=lacking.missing_count, short=[row.code for row in lacking.short[:NAMED_IN_EVENT]],
        short_count=lacking.short_count,
    )
