"""Closes the stages of demo calls with the commands of organizers, and shows what two of them can do to scores."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Call
from competition.demo.plan import PLANS, published_at
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, Seat
from competition.judging.service import closing, interventions
from competition.kernel import clock, signing
from competition.kernel.data import transaction
from competition.kernel.web.access import Actor

REASON = {
    "en": "One judge declared a tie, and no other expert of the field was free.",
    "zh": "一位评审专家申报了利益关联，该领域没有其他专家可以接替。",
    "ko": "평가위원 한 명이 이해관계를 신고했고 같은 분야의 다른 전문가를 구하지 못했습니다.",
}
VOIDED = "The judge had scored another entry by mistake and asked for it."
REOPENED = "The judge writes that two criteria were mixed up."


def close_stage(call_id: UUID, now: datetime) -> None:
    """Close the stage of a call whose panel has finished; in the one that is ready to aggregate, void a sheet."""
    call = db.session.get_one(Call, call_id)
    plan, actor = PLANS[call.code], _organizer("organizer@example.test")
    deadline = call.deadline_at or now
    at = published_at(deadline, now) - timedelta(days=2, minutes=30) if plan.stage != "ready" else (
        now - timedelta(hours=2)
    )
    with transaction.write():
        closing.close(call=db.session.get_one(Call, call_id), without=(), without_all=True, reason=REASON, actor=actor,
                      now=at)
    if plan.stage == "ready":
        _void_one(call_id, now)


def _organizer(email: str) -> Actor:
    """An organizer as a request of this person would have it."""
    user = db.session.scalars(select(User).where(User.email == email)).one()
    return Actor(user_id=user.id, name=user.name, email=user.email, locale=user.locale)


def _void_one(call_id: UUID, now: datetime) -> None:
    """One sheet is voided by two organizers, and another proposal still waits for its signature."""
    call = db.session.get_one(Call, call_id)
    first, second = _last_sheets(call)
    with clock.frozen_at(now), transaction.write():
        call = db.session.get_one(Call, call_id)
        proposer, signer = _pair(call)
        proposal: dict[str, Any] = {"call": call, "actor": proposer, "now": now - timedelta(minutes=90)}
        signature = interventions.propose_sheet(
            act=interventions.VOID, assignment_code=first, reason=VOIDED, **proposal
        )
        signing.sign(signature=signature, actor=signer, now=now - timedelta(minutes=40))
        interventions.propose_sheet(act=interventions.REOPEN, assignment_code=second, reason=REOPENED, **proposal)


def _pair(call: Call) -> tuple[Actor, Actor]:
    """Two persons of the programme who may change what a panel has submitted."""
    people = signing.circle(call.programme_id).people
    arguments = interventions.SheetArguments(call.code, "")
    able = [person for person in people if interventions.VOID.allowed(person.actor, arguments)]
    signers = [person for person in able if signing.signs(person, call.programme.code)]
    first = signers[0]
    return next(person for person in [*signers[1:], *able] if person.id != first.id).actor, first.actor


def _last_sheets(call: Call) -> list[str]:
    """The sheets of the first judge for the last two entries: neither is part of the tie that the demo shows."""
    return list(db.session.scalars(
        select(Assignment.code).join(Entry, Entry.id == Assignment.entry_id).join(Seat, Seat.id == Assignment.seat_id)
        .where(Entry.call_id == call.id, Seat.number == 2, Assignment.progress == "submitted")
        .order_by(Entry.code.desc()).limit(2)
    ))
