"""Invitations are mail to strangers: few to one address, not many from one person, no links of the sender's own."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import func, select

from competition.entries.models import Team
from competition.extensions import db
from competition.kernel.data.models import MailMessage
from competition.kernel.jobs.queue import connect
from tests.factories.accounts import client_of, make_user
from tests.factories.entries import make_team

STRANGER = "stranger@example.test"


def _invite(client: FlaskClient, team: Team, email: str) -> int:
    """Invite and revoke at once; the status of inviting."""
    page = f"/en/my/teams/{team.code}"
    status = client.post(f"{page}/invite", data={"email": email, "lang": "en"}).status_code
    for invitation in re.findall(r"/invitations/([0-9a-f-]{36})/revoke", client.get(page).text):
        assert client.post(f"{page}/invitations/{invitation}/revoke").status_code == 303
    return status


def _mails(*where: object) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(MailMessage).where(*where)) or 0  # type: ignore[arg-type]


def test_revoking_buys_no_further_mail_to_one_address_from_anybody(limited: Flask) -> None:
    lead, other = make_user(), make_user()
    spellings = (STRANGER, " STRANGER@example.test", "\uff53tranger@example.test")
    client, team = client_of(limited, lead), make_team(lead)
    assert [_invite(client, team, spellings[n % 3]) for n in range(7)] == [303] * 5 + [429] * 2
    assert _invite(client_of(limited, other), make_team(other), STRANGER) == 429
    assert _mails(MailMessage.to == STRANGER) == 5
    assert _invite(client, team, "friend@example.test") == 303  # others can be invited


def test_one_person_sends_thirty_an_hour(limited: Flask) -> None:
    lead = make_user()
    client, team = client_of(limited, lead), make_team(lead)
    assert [_invite(client, team, f"p{n}@example.test") for n in range(32)] == [303] * 30 + [429] * 2
    assert _mails() == 30


def _end(window: str) -> list[datetime]:
    """When the counter of the invited address opens, to a full minute: the store's seconds are rounded, so three."""
    store = connect(current_app.config["SETTINGS"])
    key, = (key for key in store.scan_iter(f"*mail:{STRANGER}*") if key.decode().endswith(window))
    end = datetime.fromtimestamp(time.time() + store.ttl(key), UTC).replace(second=0, microsecond=0)
    return [end + timedelta(minutes=minutes) for minutes in range(3)]


def _forget(window: str) -> None:
    store = connect(current_app.config["SETTINGS"])
    for key in store.scan_iter(f"*{window}"):
        store.delete(key)


def test_the_refusal_says_when_an_address_can_be_invited_again(limited: Flask) -> None:
    lead = make_user(zone="Europe/Berlin")
    client, team = client_of(limited, lead), make_team(lead)
    invite = partial(client.post, f"/en/my/teams/{team.code}/invite", data={"email": STRANGER, "lang": "en"})

    def refused() -> tuple[int, datetime]:
        answer = invite()
        times = re.findall(r"You can try again from (\d+ \w+ \d+, \d\d:\d\d) Berlin", answer.text)
        at = datetime.strptime(times[0], "%d %b %Y, %H:%M").replace(tzinfo=ZoneInfo("Europe/Berlin"))
        wait = timedelta(seconds=int(answer.headers["Retry-After"]))
        assert abs(at - datetime.now(UTC) - wait) < timedelta(minutes=1)
        return answer.status_code, at

    assert [_invite(client, team, STRANGER) for _n in range(5)] == [303] * 5
    status, at = refused()
    assert (status, at in _end("/1/hour")) == (429, True)
    _forget("/1/hour")  # an hour later
    assert [_invite(client, team, STRANGER) for _n in range(5)] == [303] * 5
    status, at = refused()  # by the hour's limit, while the day's is used up as well
    assert (status, at in _end("/1/day")) == (429, True)
    _forget("/1/hour")
    status, at = refused()
    assert (status, at in _end("/1/day")) == (429, True)


def test_who_may_not_invite_uses_up_nobody_s_mail(limited: Flask) -> None:
    lead = make_user()
    client, team = client_of(limited, lead), make_team(lead)
    outsider, path = client_of(limited, make_user()), f"/en/my/teams/{team.code}/invite"
    data = {"email": STRANGER, "lang": "en"}
    assert [outsider.post(path, data=data).status_code for _ in range(6)] == [404] * 6
    assert [limited.test_client().post(path, data=data).status_code for _ in range(6)] == [303] * 6  # to sign in
    assert _mails() == 0
    assert _invite(client, team, STRANGER) == 303


def test_names_in_an_invitation_hold_no_links(app: Flask) -> None:
    lead = make_user(name="Sir, visit https://evil.test/a")
    team = make_team(lead, name="Win at www.evil.test")
    assert _invite(client_of(app, lead), team, STRANGER) == 303
    mail = db.session.scalars(select(MailMessage)).one()
    assert mail.subject == "Join the team Win at www evil test"
    assert mail.body.split("\n")[0] == (
        "Sir, visit evil test/a invites you to join the team Win at www evil test and to work on its entries."
    )
    assert re.findall(r"https?://\w+", mail.body) == ["http://localhost"]
