"""Commands on assignments: give entries to judges, take back what nobody has begun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from secrets import token_hex
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import and_, func, insert, select, tuple_, update

from competition.accounts.models import User
from competition.calls.lifecycle import STAGE_OVER
from competition.calls.models import Call, Stage
from competition.calls.queries import current_stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.defence_order import drawn_order
from competition.judging.lifecycle import ASSIGNMENT, entries_closed, scoring_open
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat
from competition.judging.queries.dependent_seats import dependent_seats
from competition.judging.queries.participants import takes_part
from competition.judging.service import conflicts, files
from competition.judging.service.assignment_counts import recount
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor

Pair = tuple[UUID, UUID]  # seat, entry
CODE_LENGTH = 16
BATCH = 500


def check_open(call: Call, now: datetime) -> None:
    """Entries are given to judges when none can change any more, and until results are out."""
    if not entries_closed(call.state, call.deadline_at, call.grace_seconds, now):
        raise RuleBroken(_("Entries can still change. Assign them once the deadline has passed."))
    if not scoring_open(call.state, call.deadline_at, call.grace_seconds, now):
        raise RuleBroken(_("Results of this call are out: its panel has finished its work."))
    if current_stage(call.id).state in STAGE_OVER:
        raise RuleBroken(_("This stage was closed: its panel has finished its work."))


def set_judges(
    *, call: Call, entry_code: str, numbers: Iterable[int], actor: Actor, now: datetime
) -> tuple[int, int]:
    """Give one entry to exactly these judges; returns how many were added and taken back.

    Judges who have begun stay, whether they are listed or not.

    Raises
    ------
    Missing
        When the call has no such submitted entry.
    RuleBroken
        When a judge has a conflict with the entry, or no accepted seat.
    """
    check_open(call, now)
    conflicts.find(call=call, actor=actor, now=now)
    stage = current_stage(call.id)
    entry = db.session.scalar(
        select(Entry).where(Entry.call_id == call.id, Entry.code == entry_code, takes_part(stage.id))
    )
    if entry is None:
        raise Missing("")
    wanted = set(numbers)
    seats = _assignable_seats(call, entry, wanted)
    standing = {
        row.number: row for row in db.session.execute(
            select(Seat.number, Assignment.seat_id, Assignment.state, Assignment.progress)
            .join(Seat, Seat.id == Assignment.seat_id).where(
                Assignment.stage_id == stage.id, Assignment.entry_id == entry.id,
                Assignment.state.in_(("assigned", "cleared")),
            )
        )
    }
    added = [(seats[number].id, entry.id) for number in sorted(wanted - standing.keys())]
    dropped = [
        (row.seat_id, entry.id) for number, row in standing.items()
        if number not in wanted and row.state == "assigned" and row.progress == "waiting"
    ]
    add(stage_id=stage.id, pairs=added, kind="manual", now=now)
    take_back(stage_id=stage.id, pairs=dropped)
    if added or dropped:
        audit.record(
            "assignment.set", chain=call.id, subject=entry.code, actor_id=actor.id, now=now,
            judges=sorted(wanted), added=len(added), taken_back=len(dropped), stage=stage.position,
            added_pairs=[[number, entry.code] for number in sorted(wanted - standing.keys())],
            dropped_pairs=[
                [number, entry.code] for number, row in standing.items() if (row.seat_id, entry.id) in dropped
            ],
        )
        announce(stage_id=stage.id, seat_ids={seat for seat, _entry in added}, now=now)
    return len(added), len(dropped)


def _assignable_seats(call: Call, entry: Entry, wanted: set[int]) -> dict[int, Seat]:
    """The panel's accepted seats by number; refuses where one of ``wanted`` is none, or has a conflict of interest."""
    seats = {
        seat.number: seat for seat in db.session.scalars(
            select(Seat).where(Seat.call_id == call.id, Seat.state == "accepted")
        )
    }
    unknown = sorted(wanted - seats.keys())
    if unknown:
        raise RuleBroken(_("Judge %(number)s has not accepted a seat.", number=unknown[0]))
    dependent = set(dependent_seats(call.id))
    tied = sorted(number for number in wanted if seats[number].id in dependent)
    if tied:
        raise RuleBroken(_("Judge %(number)s is not independent: the page of the panel says why.", number=tied[0]))
    barred = set(db.session.scalars(
        select(Seat.number).join(Conflict, Conflict.seat_id == Seat.id)
        .where(Conflict.entry_id == entry.id, Seat.call_id == call.id)
    ))
    if wanted & barred:
        raise RuleBroken(_("Judge %(number)s has a conflict of interest with this entry.",
                           number=min(wanted & barred)))
    return seats


def standing_pairs(stage_id: UUID) -> set[Pair]:
    """The pairs of a stage that are assigned, or were until the judge declared a conflict."""
    query = select(Assignment.seat_id, Assignment.entry_id).where(
        Assignment.stage_id == stage_id, Assignment.state != "removed"
    )
    return {(row.seat_id, row.entry_id) for row in db.session.execute(query)}


def add(*, stage_id: UUID, pairs: Sequence[Pair], kind: str, now: datetime) -> None:
    """Create assignments, reviving ones that were taken back; pairs in conflict never get in.

    A judge gets the entries of one addition in an order of the judge's own, drawn from a recorded seed.

    Raises
    ------
    IllegalMove
        When a pair has a conflict: whoever planned it did not know yet.
    """
    for batch in batches(_shuffled(stage_id, pairs, now), BATCH):
        if db.session.scalar(
            select(func.count()).select_from(Conflict)
            .where(tuple_(Conflict.seat_id, Conflict.entry_id).in_(batch))
        ):
            raise IllegalMove(_("A conflict of interest was declared in the meantime. Plan again."))
        revived = set(db.session.execute(
            select(Assignment.seat_id, Assignment.entry_id).where(
                Assignment.stage_id == stage_id, Assignment.state == "removed",
                tuple_(Assignment.seat_id, Assignment.entry_id).in_(batch),
            )
        ))
        _revive(stage_id, revived, now)
        added = [pair for pair in batch if pair not in revived]
        if added:
            db.session.execute(insert(Assignment), [
                {"id": new_id(), "stage_id": stage_id, "seat_id": seat, "entry_id": entry,
                 "code": new_code(CODE_LENGTH), "state": "assigned", "progress": "waiting", "kind": kind,
                 "assigned_at": now, "declared_at": None}
                for seat, entry in added
            ])
    recount(seat for seat, _entry in pairs)
    files.prepare(entry_ids={entry for _seat, entry in pairs}, now=now)


def _shuffled(stage_id: UUID, pairs: Sequence[Pair], now: datetime) -> Sequence[Pair]:
    """The pairs in an order drawn for each judge; queues follow the ids, which grow in the order of insertion.

    Without it all judges would read the same entries first, fresh, and the same ones last, tired.
    """
    if len({seat for seat, _entry in pairs}) == len(pairs):
        return pairs  # one entry for each judge: there is nothing to draw
    stage, seed = db.session.get_one(Stage, stage_id), token_hex(16)
    numbers = dict(db.session.execute(select(Seat.id, Seat.number).where(Seat.call_id == stage.call_id)).all())
    codes = dict(db.session.execute(select(Entry.id, Entry.code).where(Entry.call_id == stage.call_id)).all())
    pair_of = {f"{numbers[seat]}/{codes[entry]}": (seat, entry) for seat, entry in pairs}
    audit.record(
        "assignment.shuffled", chain=stage.call_id, subject=stage.id, actor_id=None, now=now, stage=stage.position,
        seed=seed, pairs=len(pairs),
    )
    return [pair_of[name] for name in drawn_order(seed, pair_of)]


def _revive(stage_id: UUID, pairs: Iterable[Pair], now: datetime) -> None:
    rows = db.session.execute(
        select(Assignment, ScoreSheet.state).outerjoin(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .where(Assignment.stage_id == stage_id, tuple_(Assignment.seat_id, Assignment.entry_id).in_(list(pairs)))
    ).all() if pairs else []
    for assignment, sheet_state in rows:
        ASSIGNMENT.advance(assignment, "assign_again")
        assignment.progress = conflicts.progress_unasked(sheet_state)
        assignment.assigned_at, assignment.declared_at = now, None


def log_pairs(
    *, stage: Stage, added: Sequence[Pair], dropped: Sequence[Pair], subject: str, actor_id: UUID | None, now: datetime
) -> None:
    """Record which judges got and lost which entries, as ``[judge's number, entry's code]``, in parts."""
    numbers = dict(db.session.execute(select(Seat.id, Seat.number).where(Seat.call_id == stage.call_id)).all())
    codes = dict(db.session.execute(select(Entry.id, Entry.code).where(Entry.call_id == stage.call_id)).all())
    for kind, pairs in (("added_pairs", added), ("dropped_pairs", dropped)):
        for part in batches(pairs, BATCH):
            audit.record(
                "assignment.pairs", chain=stage.call_id, subject=subject, actor_id=actor_id, now=now,
                stage=stage.position, **{kind: [[numbers[seat], codes[entry]] for seat, entry in part]},
            )


def take_back(*, stage_id: UUID, pairs: Sequence[Pair]) -> None:
    """Take back assignments that nobody has begun; others are left alone."""
    for batch in batches(pairs, BATCH):
        db.session.execute(
            update(Assignment)
            .where(
                Assignment.stage_id == stage_id, Assignment.state == "assigned", Assignment.progress == "waiting",
                tuple_(Assignment.seat_id, Assignment.entry_id).in_(batch),
            )
            .values(state="removed", progress="out")
        )
    recount(seat for seat, _entry in pairs)


def announce(*, stage_id: UUID, seat_ids: Iterable[UUID], now: datetime) -> None:
    """Tell judges that entries of a stage are waiting for them; of one that is not open yet, once it opens."""
    ids, stage = list(seat_ids), db.session.get_one(Stage, stage_id)
    if not ids or stage.state == "planned":
        return
    call = db.session.get_one(Call, stage.call_id)
    rows = db.session.execute(
        select(Seat.id, Seat.name, Seat.email, User.locale, func.count(Assignment.id).label("waiting"))
        .join(User, User.id == Seat.user_id)
        .join(Assignment, and_(
            Assignment.seat_id == Seat.id, Assignment.progress == "waiting", Assignment.stage_id == stage_id,
        ))
        .where(Seat.id.in_(ids)).group_by(Seat.id, Seat.name, Seat.email, User.locale).order_by(Seat.email)
    ).all()
    for row in rows:
        mail.send(
            "judging/assigned", to=row.email, locale=row.locale, now=now, name=row.name, call=call, due_at=stage.due_at,
            waiting=row.waiting,
        )


def announce_stage(stage: Stage, now: datetime) -> None:
    """Tell the judges who have entries of a stage that it is open."""
    waiting = set(db.session.scalars(
        select(Assignment.seat_id).where(Assignment.stage_id == stage.id, Assignment.progress == "waiting")
    ))
    announce(stage_id=stage.id, seat_ids=waiting, now=now)
