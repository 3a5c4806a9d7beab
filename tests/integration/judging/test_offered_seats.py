"""Invitations to panels are mail too: few to one address, whoever sends them; what sends none counts for nothing."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from competition.extensions import db
from competition.judging.models import Seat
from competition.kernel.data.models import MailMessage
from tests.factories.accounts import client_of, make_user
from tests.factories.entries import make_submitted, make_team
from tests.factories.judging import Panel, make_panel

JUDGE = "judge@qinghe.cn"


def _panel(panel: Panel) -> str:
    return f"/en/organizer/calls/{panel.call.code}/panel"


def _invite(client: FlaskClient, panel: Panel, email: str = JUDGE, **more: str) -> int:
    return client.post(_panel(panel), data={
        "email": email, "name": "New Judge", "capacity": "30", "locale": "en", **more,
    }).status_code


def _again(client: FlaskClient, panel: Panel, email: str = JUDGE) -> int:
    db.session.rollback()
    number = db.session.scalars(select(Seat.number).where(Seat.email == email, Seat.call_id == panel.call.id)).one()
    return client.post(f"{_panel(panel)}/{number}/invite-again", data={"locale": "en"}).status_code


def _mails(email: str = JUDGE) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(MailMessage).where(MailMessage.to == email)) or 0


def test_no_organizers_together_send_one_address_more_than_ten_in_a_quarter(limited: Flask) -> None:
    mine, theirs = make_panel(judges=1, entries=1), make_panel(judges=1, entries=1)
    client, other = client_of(limited, mine.organizer), client_of(limited, theirs.organizer)
    assert _invite(client, mine) == 303
    assert [_again(client, mine) for _n in range(5)] == [303] * 5
    assert _invite(other, theirs, " JUDGE@qinghe.cn") == 303
    assert [_again(other, theirs) for _n in range(4)] == [303] * 3 + [429]
    assert [_again(client, mine), _invite(client, mine)] == [429, 429]
    assert _mails() == 10
    assert _invite(client, mine, "friend@example.test") == 303  # others can be invited
    assert "You can try again from" in client.post(_panel(mine), data={"email": JUDGE}).text


def test_what_sends_no_mail_uses_up_none(limited: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    make_submitted(panel.call, make_team(make_user("lead@qinghe.cn"), contact="hello@qinghe.cn"))
    client, outsider = client_of(limited, panel.organizer), client_of(limited, make_user())
    assert [_invite(client, panel, name="") for _n in range(11)] == [422] * 11
    assert [_invite(client, panel) for _n in range(11)] == [422] * 11  # asked about a tie first
    assert [_invite(outsider, panel) for _n in range(11)] == [404] * 11
    assert [client.post(f"{_panel(panel)}/9/invite-again").status_code for _n in range(11)] == [404] * 11
    assert _mails() == 0
    assert _invite(client, panel, confirmed="yes") == 303
    assert [_again(client, panel) for _n in range(10)] == [303] * 9 + [429]
    assert _mails() == 10
