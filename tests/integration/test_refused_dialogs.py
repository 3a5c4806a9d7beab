"""A reason that is refused: its dialog is open again, with what was typed and what is wrong; no other is."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from competition.extensions import db
from competition.judging.models import Conflict
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.data.models import AuditEvent
from competition.pilots.models import Milestone, Pilot
from tests.dialogs import opened
from tests.factories.accounts import client_of
from tests.factories.calls import NOW
from tests.factories.entries import make_submitted, make_team
from tests.factories.judging import Panel, make_panel

LONG, MOST = "A mix-up of “names” & <places>. " * 80, 2000


def refuse(client: FlaskClient, url: str) -> None:
    """Send no reason, then one that is too long: the dialog is there each time, and nothing is done."""
    answer = client.post(url, data={"reason": " "})
    assert (answer.status_code, opened(answer.text)) == (422, [(url, ["Please fill this in."], "")])
    answer = client.post(url, data={"reason": LONG})
    length = len(LONG.strip())
    problem = f"Please shorten this to {MOST} characters; it has {length}."
    assert (answer.status_code, opened(answer.text)) == (422, [(url, [problem], LONG.strip())])
    assert answer.text.count(f'<a href="#reason">Reason: {problem}</a>') == 1  # the summary leads to the field
    db.session.rollback()
    assert db.session.query(AuditEvent).count() == 0


def _conflict(panel: Panel) -> str:
    with transaction.write():
        db.session.add(Conflict(id=new_id(), seat_id=panel.seats[1].id, entry_id=panel.entries[0].id,
                                kind="challenged", note="Told us.", declared_at=NOW, declared_by=panel.organizer.id))
    return panel.entries[0].code


def test_removing_a_judge(app: Flask) -> None:
    panel = make_panel(judges=3)
    client, base = client_of(app, panel.organizer), f"/en/organizer/calls/{panel.call.code}/panel"
    assert opened(client.get(base).text) == []
    refuse(client, f"{base}/2/remove")
    assert client.post(f"{base}/9/remove", data={"reason": ""}).status_code == 404


def test_lifting_a_conflict(app: Flask) -> None:
    panel = make_panel(judges=3)
    code = _conflict(panel)
    client, base = client_of(app, panel.organizer), f"/en/organizer/calls/{panel.call.code}/conflicts"
    assert opened(client.get(base).text) == []
    refuse(client, f"{base}/2/{code}/undo")


def test_lifting_a_conflict_on_a_later_page(app: Flask) -> None:
    """The dialog is sent with the page that it is on, so that it is there again."""
    panel = make_panel(judges=1, entries=60)
    with transaction.write():
        for entry in panel.entries:
            db.session.add(Conflict(id=new_id(), seat_id=panel.seats[0].id, entry_id=entry.id, kind="automatic",
                                    declared_at=NOW, declared_by=None))
    client, base = client_of(app, panel.organizer), f"/en/organizer/calls/{panel.call.code}/conflicts"
    after, = re.findall(r'href="[^"]*[?&]after=([^"&]+)"', client.get(base).text)
    url = re.findall(r'action="([^"]*/undo[^"]*)"', client.get(f"{base}?after={after}").text)[0]
    answer = client.post(url, data={"reason": ""})
    assert (answer.status_code, opened(answer.text)) == (422, [(url, ["Please fill this in."], "")])


def test_lifting_a_conflict_that_membership_makes(app: Flask) -> None:
    """A rule's refusal is said in the dialog as well."""
    panel = make_panel(judges=1)
    entry = make_submitted(panel.call, make_team(panel.judges[0]))
    with transaction.write():
        db.session.add(Conflict(id=new_id(), seat_id=panel.seats[0].id, entry_id=entry.id, kind="automatic",
                                declared_at=NOW, declared_by=None))
    url = f"/en/organizer/calls/{panel.call.code}/conflicts/1/{entry.code}/undo"
    answer = client_of(app, panel.organizer).post(url, data={"reason": "A mix-up."})
    assert (answer.status_code, opened(answer.text)) == (422, [(url, [
        "This judge is a member of the team whose entry it is. The conflict stands as long as that is so.",
    ], "A mix-up.")])


def _pilot(panel: Panel, state: str) -> str:
    code, pilot, entry = new_code(), new_id(), panel.entries[0]
    with transaction.write():
        db.session.add(Pilot(
            id=pilot, code=code, call_id=panel.call.id, entry_id=entry.id, team_id=entry.team_id, state=state,
            award_minor=1, created_at=NOW,
        ))
        db.session.flush()
        for position in (1, 2):
            db.session.add(Milestone(id=new_id(), pilot_id=pilot, position=position, title="Set up",
                                     state="reported"))
    return code


@pytest.mark.parametrize(("state", "step"), [
    ("running", "fail"), ("running", "milestones/2/return"), ("agreed", "cancel"),
])
def test_steps_of_a_pilot(app: Flask, state: str, step: str) -> None:
    panel = make_panel(call={"state": "piloting"})
    code = _pilot(panel, state)
    client, base = client_of(app, panel.organizer), f"/en/organizer/pilots/{code}"
    assert opened(client.get(base).text) == []
    refuse(client, f"{base}/{step}")


def test_a_dialog_that_the_pilot_has_outlived_is_not_another_one(app: Flask) -> None:
    """A reason for cancelling is not put into the dialog that ends a pilot which runs by now."""
    panel = make_panel(call={"state": "piloting"})
    code = _pilot(panel, "running")
    answer = client_of(app, panel.organizer).post(f"/en/organizer/pilots/{code}/cancel", data={"reason": ""})
    assert (answer.status_code, opened(answer.text)) == (422, [])
