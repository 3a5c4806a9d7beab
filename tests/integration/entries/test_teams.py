"""Teams: who is in, who leads, and that rights end with membership."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from competition.entries.models import Membership, Team
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW, make_call
from tests.factories.entries import make_entry, make_team

PROFILE = {"name": "Naapurila Sense", "native_name": "", "org_type": "ngo", "country": "FI", "registration_number": "",
           "signatory": "Aino", "contact": "a@example.test"}


def roles(team: Team) -> dict[Any, str]:
    db.session.rollback()
    rows = db.session.scalars(select(Membership).where(Membership.team_id == team.id))
    return {row.user_id: row.role for row in rows}


def test_founding_and_changing_a_team(app: Flask) -> None:
    person = make_user()
    client = client_of(app, person)
    assert client.post("/en/my/teams/new", data={**PROFILE, "country": ""}).status_code == 422
    answer = client.post("/en/my/teams/new", data=PROFILE)
    team = db.session.scalars(select(Team)).one()
    assert answer.location == f"/en/my/teams/{team.code}"
    assert roles(team) == {person.id: "lead"}
    changed = {**PROFILE, "signatory": "Eero", "version": "1"}
    assert client.post(answer.location, data=changed).status_code == 303
    stale = client.post(answer.location, data={**PROFILE, "signatory": "Late", "version": "1"})
    assert stale.status_code == 409
    assert "Eero" in stale.text
    assert "Late" in stale.text
    db.session.rollback()
    assert db.session.get_one(Team, team.id).signatory == "Eero"


def test_an_invitation_by_mail_makes_a_member(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    lead, friend = make_user(name="Lin"), make_user("friend@example.test")
    team = make_team(lead, name="Loom Lab")
    client = client_of(app, lead)
    address = f"/en/my/teams/{team.code}"
    invited = {"email": " Friend@Example.test", "lang": "ko"}
    assert client.post(f"{address}/invite", data=invited).status_code == 303
    assert client.post(f"{address}/invite", data=invited).status_code == 422  # still open
    assert client.post(f"{address}/invite", data={**invited, "email": lead.email}).status_code == 422
    run_jobs()
    mail = db.session.scalars(select(MailMessage)).one()
    assert (mail.to, mail.lang) == ("friend@example.test", "ko")
    link = re.search(r"/ko/invitation/\S+", mail.body)
    assert link is not None
    stranger, guest = client_of(app, make_user()), client_of(app, friend)
    assert stranger.post(link[0], data={"answer": "accept"}).status_code != 303
    assert "Loom Lab" in guest.get(link[0]).text
    answer = guest.post(link[0], data={"answer": "accept"})
    assert (answer.status_code, answer.location) == (303, f"/ko/my/teams/{team.code}")
    assert roles(team) == {lead.id: "lead", friend.id: "member"}
    assert guest.post(link[0], data={"answer": "accept"}).status_code == 404  # used once
    assert "friend@example.test" in client.get(address).text


def test_a_revoked_invitation_is_dead(app: Flask) -> None:
    lead = make_user()
    team = make_team(lead)
    client = client_of(app, lead)
    client.post(f"/en/my/teams/{team.code}/invite", data={"email": "x@example.test", "lang": "en"})
    mail = db.session.scalars(select(MailMessage)).one()
    link = re.search(r"/en/invitation/\S+", mail.body)
    revoke = re.search(r"/invitations/([0-9a-f-]{36})/revoke", client.get(f"/en/my/teams/{team.code}").text)
    assert link is not None
    assert revoke is not None
    client.post(f"/en/my/teams/{team.code}/invitations/{revoke[1]}/revoke")
    assert app.test_client().get(link[0]).status_code == 410


def test_revoking_an_invitation_that_the_team_never_sent_leaves_no_trace(app: Flask) -> None:
    lead = make_user()
    team = make_team(lead)
    answer = client_of(app, lead).post(f"/en/my/teams/{team.code}/invitations/{uuid4()}/revoke")
    assert answer.status_code == 404
    assert db.session.scalars(select(AuditEvent)).all() == []


def test_a_team_that_became_full_takes_nobody_in(app: Flask) -> None:
    """More may be invited than there is room for: whoever answers too late is told so and stays invited."""
    lead, guests = make_user(), [make_user(f"guest{n}@example.test") for n in range(2)]
    team = make_team(lead, *(make_user() for _n in range(28)))
    client = client_of(app, lead)
    for guest in guests:
        answer = client.post(f"/en/my/teams/{team.code}/invite", data={"email": guest.email, "lang": "en"})
        assert answer.status_code == 303
    mails = db.session.scalars(select(MailMessage))
    links = {mail.to: re.findall(r"/en/invitation/\S+", mail.body)[0] for mail in mails}
    db.session.rollback()
    first, second = (
        client_of(app, guest).post(links[guest.email], data={"answer": "accept"}) for guest in guests
    )
    assert (first.status_code, second.status_code) == (303, 422)
    assert "A team has at most 30 members." in second.text
    assert (len(roles(team)), guests[0].id in roles(team), guests[1].id in roles(team)) == (30, True, False)
    client.post(f"/en/my/teams/{team.code}/members/{guests[0].id}", data={"action": "remove"})
    again = client_of(app, guests[1]).post(links[guests[1].email], data={"answer": "accept"})
    assert (again.status_code, len(roles(team))) == (303, 30)


def test_lead_remove_leave(app: Flask) -> None:
    lead, member, third = make_user(), make_user(), make_user()
    team = make_team(lead, member, third)
    a, b = client_of(app, lead), client_of(app, member)
    address = f"/en/my/teams/{team.code}"
    assert a.post(f"{address}/leave").status_code == 422  # a lead hands over first
    assert b.post(f"{address}/members/{third.id}", data={"action": "remove"}).status_code == 404
    assert a.post(f"{address}/members/{lead.id}", data={"action": "remove"}).status_code == 422
    assert a.post(f"{address}/members/{member.id}", data={"action": "lead"}).status_code == 303
    assert roles(team) == {lead.id: "member", member.id: "lead", third.id: "member"}
    assert a.post(f"{address}/members/{third.id}", data={"action": "remove"}).status_code == 404
    assert b.post(f"{address}/members/{third.id}", data={"action": "remove"}).status_code == 303
    assert a.post(f"{address}/leave").status_code == 303
    assert roles(team) == {member.id: "lead"}
    assert a.get(address).status_code == 404
    make_entry(make_call(now=NOW), team)
    assert b.post(f"{address}/leave").status_code == 422  # somebody stays with the entries


def test_there_is_never_a_second_lead(app: Flask) -> None:
    lead, other = make_user(), make_user()
    team = make_team(lead)
    try:
        with transaction.write():
            db.session.add(Membership(team_id=team.id, user_id=other.id, role="lead", joined_at=NOW))
    except IntegrityError:
        db.session.rollback()
    assert roles(team) == {lead.id: "lead"}


def test_a_foreign_team_looks_like_none(app: Flask) -> None:
    team = make_team(make_user())
    client = client_of(app, make_user())
    answers = [client.get(f"/en/my/teams/{code}").status_code for code in (team.code, "ABCD1234")]
    answers += [client.post(f"/en/my/teams/{team.code}{end}").status_code for end in ("", "/invite", "/leave")]
    assert answers == [404] * 5


def test_a_team_has_a_name_in_latin_letters(app: Flask) -> None:
    client = client_of(app, make_user())
    form = {"name": "梧桐", "native_name": "梧桐", "org_type": "company", "country": "CN", "signatory": "Wu",
            "contact": "wu@example.test", "version": "0"}
    refused = client.post("/en/my/teams/new", data=form)
    assert refused.status_code == 422
    assert "Write the name with Latin letters here, as Wutong or WT Lab; its own script goes into the next field." in (
        refused.text)
    assert '<option value="">Please choose</option>' in refused.text
    assert client.post("/en/my/teams/new", data={**form, "name": "梧桐 Wútóng"}).status_code == 303
