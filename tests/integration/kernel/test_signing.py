"""Acts that need two persons, tried with an act of the tests' own: naming a programme anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from competition.accounts.models import User
from competition.calls.models import Organizer, Programme
from competition.extensions import db
from competition.kernel import clock, signing
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent, MailMessage, OutboxJob, Signature
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.signing import acts, commands
from competition.kernel.web.access import Permission
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import NOW, make_programme


@dataclass(frozen=True)
class Renaming:
    programme: str
    name: str


def _programme(payload: Renaming) -> Programme:
    return db.session.scalars(select(Programme).where(Programme.code == payload.programme)).one()


def _rename(payload: Renaming, approval: signing.Approval) -> None:
    if payload.name == "Refused":
        raise RuleBroken("This name is refused.")
    _programme(payload).name = {"en": f"{payload.name} ({approval.reason})"}


RENAME = signing.Act(
    kind="programme.rename", title="Rename a programme", payload=Renaming, permission=Permission.PROGRAMME_MANAGE,
    target=lambda payload: {"programme_code": payload.programme},
    describe=lambda payload: signing.Description((("Name", payload.name),)),
    inputs=lambda payload: {"name": _programme(payload).name}, apply=_rename,
)


@dataclass
class House:
    programme: Programme
    first: User
    second: User


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    signing.register(RENAME)
    first, second = make_user(name="Ada First"), make_user(name="Ben Second")
    yield House(make_programme(first, second), first, second)
    del acts._ACTS[RENAME.kind]


def _propose(house: House, name: str = "River", by: User | None = None) -> str:
    with transaction.write():
        return signing.propose(
            act=RENAME, payload=Renaming(house.programme.code, name), programme_id=house.programme.id,
            chain="platform", subject=house.programme.code, reason="Clearer", actor=actor_of(by or house.first),
            now=clock.now(),
        ).code


def _state(code: str) -> tuple[str, str]:
    """The state of the proposal and the present name of the programme."""
    db.session.rollback()
    row = db.session.execute(
        select(Signature.state, Programme.name).join(Programme, Programme.id == Signature.programme_id)
        .where(Signature.code == code)
    ).one()
    db.session.rollback()
    return row.state, row.name["en"]


def _mails() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.execute(select(MailMessage.to, MailMessage.subject).order_by(MailMessage.id))
    return [(row.to, row.subject) for row in rows]


def test_the_act_is_done_when_the_second_person_signs_and_not_before(app: Flask, house: House) -> None:
    before = house.programme.name["en"]
    code = _propose(house)
    assert _state(code) == ("proposed", before)
    page = f"/en/organizer/programmes/{house.programme.code}/signatures"
    own, other = client_of(app, house.first), client_of(app, house.second)
    assert own.post(f"{page}/{code}/sign").status_code == 409
    assert "Clearer" in other.get(page).text
    assert 'href="' + page + '"' in other.get("/en/organizer").text
    assert other.post(f"{page}/{code}/sign").status_code == 303
    assert _state(code) == ("signed", "River (Clearer)")
    assert other.post(f"{page}/{code}/sign").status_code == 409
    assert "Signed and done" in own.get(page).text
    assert _mails() == [
        (house.second.email, "Please sign or turn down: Rename a programme"),
        (house.first.email, "Signed and done: Rename a programme"),
    ]
    events = db.session.execute(
        select(AuditEvent.action, AuditEvent.actor_id).where(AuditEvent.action.like("signature.%"))
        .order_by(AuditEvent.seq)
    ).all()
    assert events == [("signature.proposed", house.first.id), ("signature.signed", house.second.id)]


def test_what_changed_since_makes_a_proposal_void(app: Flask, house: House) -> None:
    code = _propose(house)
    with transaction.write():
        db.session.execute(update(Programme).values(name={"en": "Another"}))
    page = f"/en/organizer/programmes/{house.programme.code}/signatures"
    client = client_of(app, house.second)
    assert "Changed since" in client.get(page).text
    assert client.post(f"{page}/{code}/sign").status_code == 303
    assert _state(code) == ("void", "Another")
    assert _mails()[-1] == (house.first.email, "Void, because something changed: Rename a programme")


def test_a_proposer_who_lost_the_right_proposes_nothing_any_more(app: Flask, house: House) -> None:
    code = _propose(house)
    with transaction.write():
        db.session.delete(db.session.get_one(Organizer, (house.programme.id, house.first.id)))
        signature = db.session.scalars(select(Signature).where(Signature.code == code)).one()
        assert signing.sign(signature=signature, actor=actor_of(house.second), now=clock.now()) == "void"


def test_turning_down_needs_a_reason_and_taking_back_does_not(app: Flask, house: House) -> None:
    page = f"/en/organizer/programmes/{house.programme.code}/signatures"
    own, other = client_of(app, house.first), client_of(app, house.second)
    code = _propose(house)
    assert other.post(f"{page}/{code}/withdraw").status_code == 422
    assert other.post(f"{page}/{code}/withdraw", data={"reason": "Not now"}).status_code == 303
    assert _state(code)[0] == "withdrawn"
    assert _mails()[-1] == (house.first.email, "Turned down: Rename a programme")
    again = _propose(house)
    assert own.post(f"{page}/{again}/withdraw").status_code == 303
    assert _state(again)[0] == "withdrawn"


def test_a_refused_act_leaves_the_proposal_as_it_was(app: Flask, house: House) -> None:
    code = _propose(house, "Refused")
    client = client_of(app, house.second)
    answer = client.post(f"/en/organizer/programmes/{house.programme.code}/signatures/{code}/sign")
    assert answer.status_code == 422
    assert _state(code)[0] == "proposed"


def test_a_proposal_ends_when_nobody_signs_in_time(app: Flask, house: House, run_jobs) -> None:
    code = _propose(house)
    late = clock.now() + commands.VALID_FOR + timedelta(seconds=1)
    with transaction.write(), pytest.raises(IllegalMove):
        signing.sign(
            signature=db.session.scalars(select(Signature).where(Signature.code == code)).one(),
            actor=actor_of(house.second), now=late,
        )
    with transaction.write():
        db.session.execute(update(OutboxJob).where(OutboxJob.kind == "signature.expire").values(due_at=NOW))
    assert "signature.expire: done" in run_jobs()
    assert _state(code)[0] == "expired"
    assert _mails()[-1] == (house.first.email, "Nobody has signed: Rename a programme")


def test_nobody_proposes_alone_twice_or_without_the_right(app: Flask, house: House) -> None:
    _propose(house)
    with pytest.raises(IllegalMove):
        _propose(house)
    with pytest.raises(Missing):
        _propose(house, by=make_user())
    alone = House(make_programme(house.first), house.first, house.second)
    with pytest.raises(RuleBroken, match="second organizer"):
        _propose(alone)
    page = client_of(app, house.first).get(f"/en/organizer/programmes/{alone.programme.code}/signatures").text
    assert "This programme has one organizer" in page
    assert f"add-organizer {alone.programme.code}" in page
