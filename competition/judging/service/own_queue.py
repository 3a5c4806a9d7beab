"""Commands on a judge's own queue: skip an entry, abstain from it, write down a note that nobody else reads."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from competition.calls.models import Call
from competition.extensions import db
from competition.judging.lifecycle import ASSIGNMENT
from competition.judging.models import Assignment, PrivateNote, ScoreSheet
from competition.judging.queries.panel import organizers_of
from competition.judging.queries.tasks import Task
from competition.judging.service.assignment_counts import recount
from competition.judging.service.conflicts import progress_unasked
from competition.judging.service.flags import check_text
from competition.kernel.data import audit
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor

NOTE_MOST = 8000


def skip(*, task: Task) -> None:
    """Put an entry at the end of the judge's own queue. It is the judge's own order: nothing is recorded.

    Raises
    ------
    IllegalMove
        When its scores are submitted.
    """
    if task.submitted:
        raise IllegalMove(_("These scores are submitted: there is nothing to skip."))
    last = db.session.scalar(
        select(func.max(Assignment.queue_position)).where(Assignment.seat_id == task.seat_id)
    ) or 0
    db.session.execute(update(Assignment).where(Assignment.id == task.id).values(queue_position=last + 1))


def abstain(*, task: Task, reason: str, actor: Actor, now: datetime) -> None:
    """Leave an entry to others without a tie to it: as a recusal, reading and scoring end at once.

    Raises
    ------
    RuleBroken
        Without a reason.
    IllegalMove
        When scores are submitted, or not taken now.
    """
    reason = check_text(reason, "reason")
    assignment = db.session.scalar(select(Assignment).where(Assignment.id == task.id).with_for_update())
    if assignment is None or assignment.state != "cleared":
        raise Missing("")
    if assignment.progress == "submitted":
        raise IllegalMove(_("You have submitted scores for this entry. Ask the organizer to reopen them first."))
    if not task.scoring_open(now):
        raise IllegalMove(_("Scores are taken after the entries have closed and until the results are published."))
    ASSIGNMENT.advance(assignment, "recuse")
    assignment.progress, assignment.abstained = "out", reason
    recount([task.seat_id])
    audit.record(
        "task.abstained", chain=task.call_id, subject=task.code, actor_id=actor.id, now=now, seat=task.seat_number,
        entry=task.entry_code, reason=reason,
    )
    _tell_organizers("judging/abstained", task, now, reason=reason)


def undo_abstention(*, task: Task, actor: Actor, now: datetime) -> None:
    """Take an abstention back while scores are taken: the entry waits for the judge's answer about ties again.

    Raises
    ------
    Missing
        When the judge has not abstained.
    IllegalMove
        When scores are not taken now.
    """
    assignment = db.session.scalar(select(Assignment).where(Assignment.id == task.id).with_for_update())
    if assignment is None or assignment.state != "recused" or not assignment.abstained:
        raise Missing("")
    if not task.scoring_open(now):
        raise IllegalMove(_("Scores are taken after the entries have closed and until the results are published."))
    ASSIGNMENT.advance(assignment, "undo_recusal")
    draft = db.session.scalar(select(ScoreSheet.state).where(ScoreSheet.assignment_id == task.id))
    assignment.progress, assignment.abstained = progress_unasked(draft), ""
    assignment.declared_at = None
    recount([task.seat_id])
    audit.record(
        "task.abstention_undone", chain=task.call_id, subject=task.code, actor_id=actor.id, now=now,
        seat=task.seat_number, entry=task.entry_code,
    )
    _tell_organizers("judging/abstention_undone", task, now)


def _tell_organizers(template: str, task: Task, now: datetime, **values: str) -> None:
    call = db.session.get_one(Call, task.call_id)
    for email, locale in organizers_of(call.programme_id):
        mail.send(
            template, to=email, locale=locale, now=now, call=call, seat=task.seat_number, entry=task.entry_code,
            **values,
        )


def write_note(*, task: Task, text: str, now: datetime) -> None:
    """Keep a note that only its judge reads. It is not recorded in the log, for the same reason.

    Raises
    ------
    RuleBroken
        When it is too long.
    """
    if len(text) > NOTE_MOST:
        raise RuleBroken(_("Please shorten this to %(most)s characters.", most=NOTE_MOST), field="note")
    note = db.session.get(PrivateNote, task.id)
    if note is None:
        db.session.add(PrivateNote(assignment_id=task.id, text=text, saved_at=now))
    else:
        note.text, note.saved_at = text, now
