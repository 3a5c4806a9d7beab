"""Commands on conflicts of interest: declare, challenge, undo, and find those that can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, delete, insert, select, tuple_, update

from competition.calls.models import Call
from competition.entries.models import Entry, Membership
from competition.entries.team_events import listen
from competition.extensions import db
from competition.judging.labels import RELATIONS
from competition.judging.lifecycle import ASSIGNMENT, scoring_open
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat
from competition.judging.queries.panel import organizers_of
from competition.judging.queries.tasks import Task
from competition.judging.queries.visible_ties import Person, ties
from competition.judging.service.assignment_counts import recount
from competition.judging.service.files import prepare
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.data.ids import new_id
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor

NOTE_MOST = 2000
PAIRS_AT_ONCE = 500  # in one statement


def clear(*, task: Task, actor: Actor, now: datetime) -> None:
    """The judge declares that there is no conflict: the entry opens, and scores submitted before count again.

    Answering twice changes nothing.
    """
    assignment = _own(task)
    if assignment.state == "cleared":
        return
    _check_open(task, now)
    ASSIGNMENT.advance(assignment, "clear")
    assignment.declared_at = now
    if task.submitted:
        assignment.progress = "submitted"
        recount([task.seat_id])
    prepare(entry_ids=[task.entry_id], now=now)
    audit.record(
        "conflict.none", chain=task.call_id, subject=task.code, actor_id=actor.id, now=now,
        seat=task.seat_number, entry=task.entry_code,
    )


def declare(*, task: Task, relation: str, note: str, actor: Actor, now: datetime) -> None:
    """The judge declares a conflict: reading and scoring end at once, and a draft no longer counts for anything.

    Raises
    ------
    RuleBroken
        Without a known relation.
    IllegalMove
        When the scores are submitted already.
    """
    if relation not in RELATIONS:
        raise RuleBroken(_("Say what kind of tie it is."), field="relation")
    if relation == "other" and not note.strip():
        raise RuleBroken(_("Say in words what the tie is."), field="note")
    if len(note) > NOTE_MOST:
        raise RuleBroken(_("Please shorten this to %(most)s characters.", most=NOTE_MOST), field="note")
    assignment = _own(task)
    if assignment.progress == "submitted":
        raise IllegalMove(_("You have submitted scores for this entry. Tell the organizer about the conflict."))
    _check_open(task, now)
    ASSIGNMENT.advance(assignment, "recuse")
    assignment.progress, assignment.declared_at = "out", now
    recount([task.seat_id])
    _add(task.seat_id, task.entry_id, kind="self", relation=relation, note=note, actor_id=actor.id, now=now)
    audit.record(
        "conflict.declared", chain=task.call_id, subject=task.code, actor_id=actor.id, now=now,
        seat=task.seat_number, entry=task.entry_code, relation=relation, note=note,
    )
    call = db.session.get_one(Call, task.call_id)
    for email, locale in organizers_of(call.programme_id):
        mail.send(
            "judging/recused", to=email, locale=locale, now=now, call=call, seat=task.seat_number,
            entry=task.entry_code, relation=RELATIONS[relation], note=note,
        )


def challenge(*, call: Call, seat: Seat, entry_code: str, note: str, actor: Actor, now: datetime) -> None:
    """An organizer bars a judge from an entry for which the judge has submitted nothing.

    Scores that are submitted need two organizers: :mod:`competition.judging.service.interventions`.

    Raises
    ------
    RuleBroken
        Without a reason, or for a code that no entry of the call has, or when the pair is barred already.
    """
    if not note.strip():
        raise RuleBroken(_("Say why: the reason stays in the log."), field="note")
    bar(call=call, seat=seat, entry=entry_to_bar(call, seat, entry_code), note=note.strip(), actor_id=actor.id, now=now)


def entry_to_bar(call: Call, seat: Seat, entry_code: str) -> Entry:
    """The entry with this code, if the judge is not barred from it.

    Raises
    ------
    RuleBroken
        For a code that no entry of the call has, or when the pair is barred already.
    """
    entry = db.session.scalar(select(Entry).where(Entry.call_id == call.id, Entry.code == entry_code.strip().upper()))
    if entry is None:
        raise RuleBroken(_("No entry of this call has this code."), field="entry_code")
    if db.session.scalar(select(Conflict.id).where(Conflict.seat_id == seat.id, Conflict.entry_id == entry.id)):
        raise RuleBroken(_("This judge is barred from this entry already."), field="entry_code")
    return entry


def bar(*, call: Call, seat: Seat, entry: Entry, note: str, actor_id: UUID, now: datetime, **facts: Any) -> None:
    """Bar a judge from an entry, whatever the judge declared; scores already given stop counting.

    Parameters
    ----------
    facts
        What the log keeps besides: the signature of a second person.
    """
    _add(seat.id, entry.id, kind="challenged", relation="other", note=note, actor_id=actor_id, now=now)
    _recuse([(seat.id, entry.id)])
    audit.record(
        "conflict.challenged", chain=call.id, subject=entry.code, actor_id=actor_id, now=now, seat=seat.number,
        entry=entry.code, note=note, **facts,
    )


def undo(*, call: Call, seat: Seat, entry_code: str, reason: str, actor: Actor, now: datetime) -> None:
    """An organizer lifts a conflict, with a reason. The judge is asked again before the entry opens.

    Raises
    ------
    RuleBroken
        Without a reason, or while the judge is a member of the entry's team.
    Missing
        When there is no such conflict.
    """
    if not reason.strip():
        raise RuleBroken(_("Say why: the reason stays in the log."), field="reason")
    lift(call=call, seat=seat, entry_code=entry_code, reason=reason.strip(), actor_id=actor.id, now=now)


def lift(
    *, call: Call, seat: Seat, entry_code: str, reason: str, actor_id: UUID, now: datetime, **facts: Any
) -> None:
    """Lift a conflict; raises as :func:`undo`. ``facts`` as for :func:`bar`."""
    conflict = conflict_of(call, seat, entry_code)
    entry_id = conflict.entry_id
    if db.session.scalar(
        select(Membership.user_id).join(Entry, Entry.team_id == Membership.team_id)
        .where(Entry.id == entry_id, Membership.user_id == seat.user_id)
    ):
        raise RuleBroken(_("This judge is a member of the team whose entry it is. The conflict stands as long as that "
                           "is so."), field="reason")
    assignment = db.session.scalar(
        select(Assignment).where(
            Assignment.seat_id == seat.id, Assignment.entry_id == entry_id, Assignment.state == "recused"
        ).with_for_update()
    )
    if assignment is not None:
        ASSIGNMENT.advance(assignment, "undo_recusal")
        assignment.declared_at, assignment.progress = None, progress_unasked(_sheet_state(assignment.id))
        recount([seat.id])
    db.session.delete(conflict)
    audit.record(
        "conflict.undone", chain=call.id, subject=entry_code, actor_id=actor_id, now=now, seat=seat.number,
        entry=entry_code, kind=conflict.kind, relation=conflict.relation, reason=reason, **facts,
    )


def conflict_of(call: Call, seat: Seat, entry_code: str) -> Conflict:
    """The conflict of a judge with an entry; raises Missing when there is none."""
    conflict = db.session.scalar(
        select(Conflict).join(Entry, Entry.id == Conflict.entry_id)
        .where(Conflict.seat_id == seat.id, Entry.code == entry_code, Entry.call_id == call.id)
    )
    if conflict is None:
        raise Missing("")
    return conflict


def _sheet_state(assignment_id: UUID) -> str | None:
    return db.session.scalar(select(ScoreSheet.state).where(ScoreSheet.assignment_id == assignment_id))


def progress_unasked(sheet_state: str | None) -> str:
    """How far an assignment is whose judge is to be asked (again): a submitted sheet waits for the answer too."""
    return "draft" if sheet_state == "draft" else "waiting"


def find(*, call: Call, actor: Actor, now: datetime) -> int:
    """Bar every accepted judge from the entries they are visibly tied to; returns how many pairs are new."""
    seats = db.session.execute(
        select(Seat.id, Seat.number, Seat.email, Seat.organisation, Seat.user_id)
        .where(Seat.call_id == call.id, Seat.state == "accepted").order_by(Seat.number)
    ).all()
    visible = ties(call.id, [Person(seat.email, seat.organisation, seat.user_id) for seat in seats])
    stored = set(db.session.execute(
        select(Conflict.seat_id, Conflict.entry_id).join(Seat, Seat.id == Conflict.seat_id)
        .where(Seat.call_id == call.id)
    ))
    new_ties = [tie for tie in visible if (seats[tie.person].id, tie.entry_id) not in stored]
    if not new_ties:
        return 0
    db.session.execute(insert(Conflict), [
        _row(seats[tie.person].id, tie.entry_id, tie.relation, now) for tie in new_ties
    ])
    _recuse([(seats[tie.person].id, tie.entry_id) for tie in new_ties])
    audit.record(
        "conflict.found", chain=call.id, subject=call.code, actor_id=actor.id, now=now,
        pairs=[[seats[tie.person].number, tie.entry_code, tie.relation] for tie in new_ties],
    )
    return len(new_ties)


@listen
def bar_team(team_id: UUID, now: datetime) -> None:
    """Bar the judges among a team's members from its entries: somebody joined it, or it began an entry."""
    _bar_members(Membership.team_id == team_id, now)


def bar_seat(seat_id: UUID, now: datetime) -> None:
    """Bar a judge from the entries of the judge's own teams, as the seat is accepted."""
    _bar_members(Seat.id == seat_id, now)


def bar_call(call_id: UUID, now: datetime) -> None:
    """Bar every judge of a call who is a member of a team that entered it; what an aggregation begins with."""
    _bar_members(Seat.call_id == call_id, now)


def _bar_members(where: ColumnElement[bool], now: datetime) -> None:
    """Write down the conflicts of judges with entries of their own teams; scores already given stop counting.

    It stays written down when the judge leaves the team: an organizer may lift it then.
    """
    rows = db.session.execute(
        select(Seat.call_id, Call.code, Seat.id, Seat.number, Entry.id.label("entry_id"), Entry.code.label("entry"))
        .select_from(Membership).join(Entry, Entry.team_id == Membership.team_id)
        .join(Seat, and_(Seat.call_id == Entry.call_id, Seat.user_id == Membership.user_id, Seat.state == "accepted"))
        .join(Call, Call.id == Seat.call_id)
        .outerjoin(Conflict, and_(Conflict.seat_id == Seat.id, Conflict.entry_id == Entry.id))
        .where(Conflict.id.is_(None), where).order_by(Seat.call_id, Seat.number, Entry.code)
    ).all()
    if not rows:
        return
    db.session.execute(insert(Conflict), [_row(row.id, row.entry_id, "member", now) for row in rows])
    _recuse([(row.id, row.entry_id) for row in rows])
    for call_id, code in dict.fromkeys((row.call_id, row.code) for row in rows):
        audit.record(
            "conflict.found", chain=call_id, subject=code, actor_id=None, now=now,
            pairs=[[row.number, row.entry, "member"] for row in rows if row.call_id == call_id],
        )


def _row(seat_id: UUID, entry_id: UUID, relation: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "seat_id": seat_id, "entry_id": entry_id, "kind": "automatic", "relation": relation,
        "note": "", "declared_at": now, "declared_by": None,
    }


def _recuse(pairs: Sequence[tuple[UUID, UUID]]) -> None:
    for batch in batches(pairs, PAIRS_AT_ONCE):
        db.session.execute(
            update(Assignment)
            .where(
                tuple_(Assignment.seat_id, Assignment.entry_id).in_(batch),
                Assignment.state.in_(("assigned", "cleared")),
            )
            .values(state="recused", progress="out")
        )
    recount(seat_id for seat_id, _entry_id in pairs)


def _add(
    seat_id: UUID, entry_id: UUID, *, kind: str, relation: str, note: str, actor_id: UUID, now: datetime
) -> None:
    db.session.execute(
        delete(Conflict).where(Conflict.seat_id == seat_id, Conflict.entry_id == entry_id)
    )
    db.session.add(Conflict(
        id=new_id(), seat_id=seat_id, entry_id=entry_id, kind=kind, relation=relation, note=note, declared_at=now,
        declared_by=actor_id,
    ))


def _own(task: Task) -> Assignment:
    assignment = db.session.scalar(select(Assignment).where(Assignment.id == task.id).with_for_update())
    if assignment is None or assignment.state not in {"assigned", "cleared"}:
        raise Missing("")
    return assignment


def _check_open(task: Task, now: datetime) -> None:
    if not scoring_open(task.call_state, task.deadline_at, task.grace_seconds, now):
        raise IllegalMove(_("Scores are taken after the entries have closed and until the results are published."))
    if task.gone:
        raise IllegalMove(_("The team has withdrawn this entry. There is nothing left to score."))
