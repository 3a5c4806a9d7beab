"""Roles in a programme: given, changed and taken away by its leads, logged and mailed."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Organizer, Programme
from competition.calls.roles import POWERS, ROLES
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW, make_programme
from tests.factories.judging import make_panel


def page(programme: Programme, more: str = "") -> str:
    return f"/en/organizer/programmes/{programme.code}/people{more}"


def holders(programme: Programme) -> dict[str, str]:
    db.session.rollback()
    rows = db.session.execute(
        select(User.email, Organizer.role).join(User, User.id == Organizer.user_id)
        .where(Organizer.programme_id == programme.id)
    )
    return {row.email: row.role for row in rows}


def mails() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(row.to, row.subject) for row in db.session.scalars(select(MailMessage).order_by(MailMessage.id))]


def give(programme: Programme, user: User, role: str) -> None:
    with transaction.write():
        db.session.add(Organizer(programme_id=programme.id, user_id=user.id, role=role, since=NOW))


def test_a_lead_gives_changes_and_takes_a_role(app: Flask) -> None:
    lead, user = make_user("lead@example.test", name="Lea"), make_user("ann@example.test", name="Ann")
    programme = make_programme(lead, name={"en": "Garden"})
    client, theirs = client_of(app, lead), client_of(app, user)
    assert theirs.get(page(programme)).status_code == 404
    form = {"email": "Ann@example.test", "role": "desk", "lang": "en"}
    assert client.post(page(programme), data=form).status_code == 303
    assert theirs.get(page(programme)).status_code == 200
    assert "has a role in this programme. Change it in the list." in client.post(page(programme), data=form).text
    assert client.post(page(programme, f"/{user.id}"), data={"role": "observer"}).status_code == 303
    assert holders(programme) == {"lead@example.test": "lead", "ann@example.test": "observer"}
    assert client.post(page(programme, f"/{user.id}"), data={"role": "emperor"}).status_code == 422
    assert client.post(page(programme, f"/{user.id}/remove")).status_code == 303
    assert theirs.get(page(programme)).status_code == 404
    subjects = [subject for to, subject in mails() if to == "ann@example.test"]
    assert subjects == [
        "ann@example.test is now Desk in “Garden”", "ann@example.test has another role in “Garden”",
        "ann@example.test has no role in “Garden” any more",
    ]
    assert [subject for to, subject in mails() if to == "lead@example.test"] == subjects
    events = db.session.execute(
        select(AuditEvent.action, AuditEvent.actor_id, AuditEvent.data).where(AuditEvent.chain == str(programme.id))
        .order_by(AuditEvent.seq)
    ).all()
    assert [(row.action, row.data["before"], row.data["after"]) for row in events] == [
        ("role.given", "", "desk"), ("role.changed", "desk", "observer"), ("role.removed", "observer", ""),
    ]
    assert {row.actor_id for row in events} == {lead.id}
    shown = client.get(page(programme)).text
    assert "Role taken away" in shown
    assert "Desk → Observer" in shown


def test_there_is_always_a_lead(app: Flask) -> None:
    lead, second = make_user(), make_user()
    programme = make_programme(lead)
    client, only = client_of(app, lead), "only lead. Make somebody else a lead first."
    assert only in client.post(page(programme, f"/{lead.id}/remove")).text
    assert only in client.post(page(programme, f"/{lead.id}"), data={"role": "organizer"}).text
    give(programme, second, "lead")
    assert client.post(page(programme, f"/{lead.id}/remove")).location == "/en/organizer"
    assert holders(programme) == {second.email: "lead"}


@pytest.mark.parametrize("role", ["organizer", "desk", "observer"])
def test_only_leads_change_roles(app: Flask, role: str) -> None:
    lead, user, third = make_user(), make_user(), make_user()
    programme = make_programme(lead)
    give(programme, user, role)
    client = client_of(app, user)
    assert client.get(page(programme)).status_code == 200
    assert "Give somebody a role" not in client.get(page(programme)).text
    form = {"email": third.email, "role": "lead", "lang": "en"}
    for path in (page(programme), page(programme, f"/{user.id}"), page(programme, f"/{lead.id}/remove")):
        assert client.post(path, data=form).status_code == 404
    assert holders(programme) == {lead.email: "lead", user.email: role}


def test_pages_show_what_a_role_opens(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    clients = {}
    for role in ("organizer", "desk", "observer"):
        user = make_user()
        give(panel.programme, user, role)
        clients[role] = client_of(app, user)
    base = f"/en/organizer/calls/{panel.call.code}"
    for role, client in clients.items():
        text = client.get(base).text
        assert ("you can read this page and change nothing" in text) == (role != "organizer")
        assert ("reading-only" in text) == (role != "organizer")
        assert (f'href="{base}/panel"' in text) == (role != "desk")
        for link in set(re.findall(rf'href="({base}[^"#?]*)', text)):
            assert client.get(link).status_code == 200, (role, link)
    assert "Invite a judge" in clients["organizer"].get(f"{base}/panel").text
    assert "Invite a judge" not in clients["observer"].get(f"{base}/panel").text
    assert "reading-only" not in clients["desk"].get(f"{base}/eligibility").text


def test_who_may_change_anything_is_never_told_otherwise(app: Flask) -> None:
    """On pages without a power of their own, too: who signs, or opens the entries, needs their buttons."""
    panel = make_panel(judges=1, entries=1)
    base, programme = f"/en/organizer/calls/{panel.call.code}", f"/en/organizer/programmes/{panel.programme.code}"
    pages = [
        base, f"{base}/entries", f"{base}/audit", f"{base}/stages", f"{base}/eligibility", f"{base}/closing",
        f"{base}/results", f"{programme}/signatures", f"{programme}/people", f"{programme}/selection",
        f"{programme}/pilots", f"{programme}/exports",
    ]
    for role in ROLES:
        user = make_user()
        give(panel.programme, user, role)
        answers = {page: client_of(app, user).get(page) for page in pages}
        opened = {page for page, answer in answers.items() if answer.status_code == 200}
        read_only = {page for page in opened if "reading-only" in answers[page].text}
        expected = {
            "lead": set(), "organizer": {f"{programme}/people"}, "observer": opened,
            "desk": opened - {f"{base}/eligibility"},
        }
        assert read_only == expected[role], role


def test_an_address_without_an_account_is_invited(app: Flask) -> None:
    lead = make_user()
    programme = make_programme(lead, name={"en": "Garden"})
    client = client_of(app, lead)
    form = {"email": "new@example.test", "role": "observer", "lang": "en"}
    assert client.post(page(programme), data=form).status_code == 303
    assert "new@example.test" in client.get(page(programme)).text
    assert mails() == [("new@example.test", "Observer of “Garden”")]
    body = db.session.scalars(select(MailMessage.body)).one()
    db.session.rollback()
    link = body.split("http://localhost")[1].split()[0]
    guest = app.test_client()
    assert "Observer of “Garden”" in guest.get(link).text
    joined = guest.post(link, data={
        "answer": "accept", "name": "Nia", "password": "wren over the quarry", "locale": "en", "zone": "UTC",
    })
    assert (joined.status_code, joined.location) == (303, f"/en/organizer?programme={programme.code}")
    assert holders(programme) == {lead.email: "lead", "new@example.test": "observer"}
    assert guest.get(page(programme)).status_code == 200
    again = client.post(page(programme), data={**form, "email": "two@example.test"})
    assert again.status_code == 303
    invitation = client.get(page(programme)).text.split("/people/invitations/")[1].split("/")[0]
    assert client.post(page(programme, f"/invitations/{invitation}/revoke")).status_code == 303
    assert "two@example.test" not in client.get(page(programme)).text


def test_an_operator_sees_to_roles_but_gives_none_to_themselves(app: Flask) -> None:
    operator, lead, user = make_user(is_operator=True), make_user(), make_user()
    programme = make_programme(lead)
    client = client_of(app, operator)
    assert page(programme) in client.get("/en/operator").text
    assert client.get(f"/en/organizer/programmes/{programme.code}").status_code == 404
    own = client.post(page(programme), data={"email": operator.email, "role": "observer", "lang": "en"})
    assert "Nobody gives a role to themselves. Ask somebody else." in own.text
    form = {"email": user.email, "role": "lead", "lang": "en"}
    assert client.post(page(programme), data=form).status_code == 303
    assert client.post(page(programme, f"/{lead.id}/remove")).status_code == 303
    assert holders(programme) == {user.email: "lead"}


def test_an_operator_locks_and_opens_an_account(app: Flask) -> None:
    operator, lead, user = make_user(is_operator=True), make_user(), make_user(name="Mallory")
    programme = make_programme(lead)
    give(programme, user, "organizer")
    client, theirs = client_of(app, operator), client_of(app, user)
    assert "Mallory" in client.get("/en/operator?q=mallory").text or "Mallory" in client.get(
        f"/en/operator?q={user.email}").text
    assert theirs.get("/en/organizer").status_code == 200
    assert client.post(f"/en/operator/people/{user.id}/lock").status_code == 303
    assert theirs.get("/en/organizer").status_code == 303
    assert [to for to, _subject in mails()] == sorted([lead.email, user.email])
    assert client.post(f"/en/operator/people/{operator.id}/lock").status_code == 422
    assert client.post(f"/en/operator/people/{user.id}/unlock").status_code == 303
    assert client_of(app, user).get("/en/organizer").status_code == 200
    for path in ("", f"/people/{operator.id}/lock", f"/people/{operator.id}/revoke-operator"):
        answer = client_of(app, lead).get("/en/operator") if not path else client_of(app, lead).post(
            f"/en/operator{path}")
        assert answer.status_code == 404


def test_the_table_of_powers_is_sound() -> None:
    """An observer reads and never changes; a lead may all."""
    changing = {name for name in POWERS if name.split(".")[-1] in {"manage", "document", "export"}}
    assert all("observer" not in POWERS[name] for name in changing)
    assert all("lead" in roles for roles in POWERS.values())
    assert all(roles <= set(ROLES) for roles in POWERS.values())
    assert {name for name, roles in POWERS.items() if roles == {"lead"}} == {"people.manage"}
