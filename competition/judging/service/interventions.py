"""What organizers do to scores that a judge has submitted: reopen, void, bar, lift, remove. Two of them sign each.

Each function that begins with ``propose`` writes a proposal; the act itself is done when another organizer signs it.
Its event in the log carries the signature, by which the result page counts and explains what was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Call, Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat, SheetVersion
from competition.judging.service import conflicts, panel
from competition.judging.service.assignment_counts import recount
from competition.judging.service.sheets import hold_call, reopen_sheet
from competition.kernel import signing
from competition.kernel.data import audit
from competition.kernel.data.models import Signature
from competition.kernel.errors import IllegalMove, Missing
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor, Permission


@dataclass(frozen=True)
class SheetArguments:
    """A sheet, by its assignment."""

    call: str
    assignment: str


@dataclass(frozen=True)
class PairArguments:
    """A judge, by number, and an entry."""

    call: str
    number: int
    entry: str


@dataclass(frozen=True)
class SeatArguments:
    """A judge, by number."""

    call: str
    number: int


@dataclass(frozen=True)
class SubmittedSheet:
    """A submitted sheet with all that belongs to it."""

    call: Call
    assignment: Assignment
    sheet: ScoreSheet
    seat: Seat
    entry: Entry


def _call(code: str) -> Call:
    call = db.session.scalar(select(Call).where(Call.code == code))
    if call is None:
        raise Missing("")
    return call


def submitted_sheet(arguments: SheetArguments, *, lock: bool = False) -> SubmittedSheet:
    """The sheet that is to be changed; locked until the end of the transaction where it is changed.

    Raises
    ------
    Missing
        When the call has no such assignment.
    IllegalMove
        When there is nothing submitted that counts.
    """
    call = _call(arguments.call)
    query = (
        select(Assignment, ScoreSheet, Seat, Entry)
        .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .join(Seat, Seat.id == Assignment.seat_id).join(Entry, Entry.id == Assignment.entry_id)
        .where(Assignment.code == arguments.assignment, Seat.call_id == call.id)
    )
    row = db.session.execute(query.with_for_update(of=ScoreSheet) if lock else query).one_or_none()
    if row is None:
        raise Missing("")
    assignment, sheet, seat, entry = row
    if assignment.state != "cleared":
        raise IllegalMove(_("This judge is no longer assigned to the entry."))
    if sheet.state != "submitted" or sheet.voided_at is not None:
        raise IllegalMove(_("There are no submitted scores here that count."))
    return SubmittedSheet(call, assignment, sheet, seat, entry)


def has_submitted(seat_id: UUID, entry_id: UUID | None = None) -> bool:
    """Whether a judge has submitted scores that were not voided: for one entry, or for any."""
    query = select(ScoreSheet.id).join(Assignment, Assignment.id == ScoreSheet.assignment_id).where(
        Assignment.seat_id == seat_id, ScoreSheet.state == "submitted", ScoreSheet.voided_at.is_(None)
    )
    if entry_id is not None:
        query = query.where(Assignment.entry_id == entry_id)
    return db.session.scalar(query.limit(1)) is not None


def _digests(seat_id: UUID, entry_id: UUID | None = None) -> list[list[Any]]:
    """``[assignment code, assignment state, digest]`` of a judge's submitted sheets: what the signer relies on."""
    query = (
        select(Assignment.code, Assignment.state, SheetVersion.digest)
        .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .join(SheetVersion, (SheetVersion.sheet_id == ScoreSheet.id) & SheetVersion.reopened_at.is_(None))
        .where(Assignment.seat_id == seat_id, ScoreSheet.state == "submitted", ScoreSheet.voided_at.is_(None))
        .order_by(Assignment.code)
    )
    if entry_id is not None:
        query = query.where(Assignment.entry_id == entry_id)
    return [list(row) for row in db.session.execute(query)]


def _seat_of(arguments: PairArguments | SeatArguments) -> tuple[Call, Seat]:
    call = _call(arguments.call)
    seat = db.session.scalar(select(Seat).where(Seat.call_id == call.id, Seat.number == arguments.number))
    if seat is None:
        raise Missing("")
    return call, seat


def _pair_of(arguments: PairArguments) -> tuple[Call, Seat, Entry]:
    call, seat = _seat_of(arguments)
    entry = db.session.scalar(select(Entry).where(Entry.call_id == call.id, Entry.code == arguments.entry))
    if entry is None:
        raise Missing("")
    return call, seat, entry


# --- What the signer relies on, and reads ---


def _sheet_inputs(arguments: SheetArguments) -> Any:
    one = submitted_sheet(arguments)
    return {"sheets": _digests(one.seat.id, one.entry.id), "stage": _stage_state(one.assignment.stage_id)}


def _stage_state(stage_id: UUID) -> str:
    return db.session.scalars(select(Stage.state).where(Stage.id == stage_id)).one()


def _pair_inputs(arguments: PairArguments) -> Any:
    _call_row, seat, entry = _pair_of(arguments)
    barred = db.session.scalar(
        select(Conflict.kind).where(Conflict.seat_id == seat.id, Conflict.entry_id == entry.id)
    )
    return {"sheets": _digests(seat.id, entry.id), "conflict": barred, "seat": seat.state}


def _seat_inputs(arguments: SeatArguments) -> Any:
    _call_row, seat = _seat_of(arguments)
    return {"sheets": _digests(seat.id), "seat": seat.state}


def _describe_sheet(arguments: SheetArguments) -> signing.Description:
    row = db.session.execute(
        select(Seat.number, Seat.name, Entry.code).join(Assignment, Assignment.seat_id == Seat.id)
        .join(Entry, Entry.id == Assignment.entry_id).where(Assignment.code == arguments.assignment)
    ).one()
    return signing.Description(
        ((_("Call"), arguments.call), (_("Judge"), _judge(row.number, row.name)), (_("Entry"), row.code)),
        url_for("judging_organizer.sheet", call_code=arguments.call, assignment_code=arguments.assignment),
    )


def _describe_pair(arguments: PairArguments) -> signing.Description:
    _call_row, seat = _seat_of(arguments)
    return signing.Description(
        ((_("Call"), arguments.call), (_("Judge"), _judge(seat.number, seat.name)), (_("Entry"), arguments.entry)),
        url_for("judging_organizer.conflicts", call_code=arguments.call),
    )


def _describe_seat(arguments: SeatArguments) -> signing.Description:
    _call_row, seat = _seat_of(arguments)
    return signing.Description(
        ((_("Call"), arguments.call), (_("Judge"), _judge(seat.number, seat.name)),
         (_("Submitted score sheets"), str(len(_digests(seat.id))))),
        url_for("judging_organizer.panel", call_code=arguments.call),
    )


def _judge(number: int, name: str) -> str:
    return _("Judge %(number)s · %(name)s", number=number, name=name)


# --- What is done when the second person has signed ---


def _reopen(arguments: SheetArguments, approval: signing.Approval) -> None:
    one = submitted_sheet(arguments, lock=True)
    hold_call(one.call.id, one.call.deadline_at, one.call.grace_seconds, approval.now)
    reopen_sheet(one.sheet, reason=approval.reason, actor_id=approval.proposed_by, now=approval.now)
    one.sheet.version += 1
    one.assignment.progress = "draft"
    _finish("judging/reopened", one, approval)
    audit.record(
        "sheet.reopened", chain=one.call.id, subject=one.assignment.code, actor_id=approval.signed_by,
        now=approval.now, seat=one.seat.number, entry=one.entry.code, **approval.facts(),
    )


def _void(arguments: SheetArguments, approval: signing.Approval) -> None:
    one = submitted_sheet(arguments, lock=True)
    sheet = one.sheet
    sheet.voided_at, sheet.voided_by, sheet.void_reason = approval.now, approval.proposed_by, approval.reason
    one.assignment.progress = "out"
    _finish("judging/voided", one, approval)
    audit.record(
        "sheet.voided", chain=one.call.id, subject=one.assignment.code, actor_id=approval.signed_by,
        now=approval.now, seat=one.seat.number, entry=one.entry.code, **approval.facts(),
    )


def _finish(template: str, one: SubmittedSheet, approval: signing.Approval) -> None:
    recount([one.seat.id])
    _tell(template, one.call, one.seat, approval, entry=one.entry.code, code=one.assignment.code)


def _bar(arguments: PairArguments, approval: signing.Approval) -> None:
    call, seat, entry = _pair_of(arguments)
    conflicts.bar(call=call, seat=seat, entry=entry, note=approval.reason, actor_id=approval.signed_by,
                  now=approval.now, proposed_by=approval.proposed_by, signature=approval.code)
    _tell("judging/barred", call, seat, approval, entry=entry.code)


def _lift(arguments: PairArguments, approval: signing.Approval) -> None:
    call, seat, entry = _pair_of(arguments)
    conflicts.lift(call=call, seat=seat, entry_code=entry.code, reason=approval.reason, actor_id=approval.signed_by,
                   now=approval.now, proposed_by=approval.proposed_by, signature=approval.code)


def _remove(arguments: SeatArguments, approval: signing.Approval) -> None:
    call, seat = _seat_of(arguments)
    panel.take_seat(call=call, seat=seat, reason=approval.reason, actor_id=approval.signed_by, now=approval.now,
                    proposed_by=approval.proposed_by, signature=approval.code)
    _tell("judging/removed", call, seat, approval)


def _tell(template: str, call: Call, seat: Seat, approval: signing.Approval, **facts: Any) -> None:
    locale = db.session.scalar(select(User.locale).where(User.id == seat.user_id))
    if locale is not None:
        mail.send(template, to=seat.email, locale=locale, now=approval.now, name=seat.name, call=call,
                  reason=approval.reason, **facts)


def _target(arguments: Any) -> dict[str, str]:
    return {"call_code": arguments.call}


def _act(kind: str, title: Any, payload: type[Any], describe: Any, inputs: Any, apply: Any) -> signing.Act[Any]:
    return signing.register(signing.Act(
        kind=kind, title=title, payload=payload, permission=Permission.PANEL_MANAGE, target=_target,
        describe=describe, inputs=inputs, apply=apply,
    ))


REOPEN = _act("sheet.reopen", _l("Reopen submitted scores"), SheetArguments, _describe_sheet, _sheet_inputs, _reopen)
VOID = _act("sheet.void", _l("Void submitted scores"), SheetArguments, _describe_sheet, _sheet_inputs, _void)
BAR = _act("judge.bar", _l("Bar a judge who has submitted scores from an entry"), PairArguments, _describe_pair,
           _pair_inputs, _bar)
LIFT = _act("judge.lift", _l("Lift the conflict of a judge who has submitted scores"), PairArguments, _describe_pair,
            _pair_inputs, _lift)
REMOVE = _act("judge.remove", _l("Remove a judge who has submitted scores"), SeatArguments, _describe_seat,
              _seat_inputs, _remove)


def propose_sheet(
    *, act: signing.Act[Any], call: Call, assignment_code: str, reason: str, actor: Actor, now: datetime
) -> Signature:
    """Propose to reopen or to void a submitted sheet: :data:`REOPEN` or :data:`VOID`.

    Raises
    ------
    Missing, IllegalMove
        As :func:`submitted_sheet`.
    RuleBroken
        Without a reason, or without a second organizer.
    """
    arguments = SheetArguments(call.code, assignment_code)
    submitted_sheet(arguments)
    return signing.propose(act=act, payload=arguments, programme_id=call.programme_id, chain=call.id,
                           subject=assignment_code, reason=reason, actor=actor, now=now)


def propose_pair(
    *, act: signing.Act[Any], call: Call, seat: Seat, entry_code: str, reason: str, actor: Actor, now: datetime
) -> Signature:
    """Propose to bar a judge from an entry, or to lift a conflict: :data:`BAR` or :data:`LIFT`."""
    return signing.propose(
        act=act, payload=PairArguments(call.code, seat.number, entry_code), programme_id=call.programme_id,
        chain=call.id, subject=f"{call.code}/{seat.number}/{entry_code}", reason=reason, actor=actor, now=now,
    )


def propose_removal(*, call: Call, seat: Seat, reason: str, actor: Actor, now: datetime) -> Signature:
    """Propose to take a judge off the panel who has submitted scores."""
    return signing.propose(
        act=REMOVE, payload=SeatArguments(call.code, seat.number), programme_id=call.programme_id, chain=call.id,
        subject=f"{call.code}/{seat.number}", reason=reason, actor=actor, now=now,
    )
