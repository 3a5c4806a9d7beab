"""What happens to a sheet when its rubric or its entry changes; and the tally that the queue shows."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from competition.calls.models import Criterion, RubricVersion
from competition.entries.models import Entry, Revision
from competition.extensions import db
from competition.judging import scores
from competition.judging.models import Assignment, ScoreSheet, Seat, SheetVersion
from competition.judging.queries import tasks
from competition.judging.queries.snapshot import snapshot
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from tests.factories.accounts import client_of
from tests.factories.calls import NOW
from tests.factories.judging import Panel, make_assignment, make_panel, make_sheet, sheet_form, sign_with


def _new_rubric(panel: Panel) -> Any:
    """Version 2: the first criterion on another scale, the last one gone, a new one in front."""
    version = new_id()
    remaining = panel.rubric.criteria[:-1]
    with transaction.write():
        db.session.add(RubricVersion(id=version, stage_id=panel.rubric.stage_id, number=2, name={}, created_at=NOW))
        db.session.flush()
        db.session.add(Criterion(
            id=new_id(), rubric_version_id=version, position=1, key="fresh", label={"en": "Freshness"}, guidance={},
            weight=20, lo=0, hi=1000, step=50, gate=False,
        ))
        for place, c in enumerate(remaining, 2):
            db.session.add(Criterion(
                id=new_id(), rubric_version_id=version, position=place, key=c.key, label=c.label,
                guidance=c.guidance, weight=c.weight, lo=c.lo, hi=500 if place == 2 else c.hi, step=c.step,
                gate=c.gate,
            ))
    return version


def _new_revision(entry: Entry) -> None:
    with transaction.write():
        old = db.session.get_one(Revision, entry.revision_id)
        newer = Revision(
            id=new_id(), entry_id=entry.id, number=2, answers={**old.answers, "summary": "A second thought."},
            files=[], digest="2" * 64, quote_minor=1, received_at=NOW, deadline_at=NOW, grace_seconds=60,
        )
        db.session.add(newer)
        db.session.flush()
        db.session.get_one(Entry, entry.id).revision_id = newer.id


def _sheet() -> ScoreSheet:
    db.session.rollback()
    return db.session.scalars(select(ScoreSheet)).one()


def test_a_new_rubric_is_told_and_confirmed_before_submitting(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client, url = client_of(app, panel.judges[0]), f"/en/judge/{task.code}"
    client.post(url, data=sheet_form(panel), headers={"X-Autosave": "1"})
    version = _new_rubric(panel)

    page = client.get(url).text
    assert "The rubric has a new version" in page
    assert "New: Freshness" in page
    refused = client.post(f"{url}/submit", data=sheet_form(panel, version="1"))
    assert refused.status_code == 422
    assert "The rubric has a new version. Look at what changed" in refused.text

    assert client.post(f"{url}/adopt").status_code == 303
    sheet = _sheet()
    width = len(panel.rubric.criteria)
    assert sheet.rubric_version_id == version
    assert scores.unpack(sheet.scores) == [None, None] + [700] * (width - 2)
    assert client.post(f"{url}/adopt").status_code == 409
    form = {"version": str(sheet.version), "rubric": str(version), "overall": "Fine.", "score-fresh": "5"}
    form |= {f"score-{c.key}": "5" for c in panel.rubric.criteria[:-1]}
    assert client.post(f"{url}/submit", data=form).status_code == 303
    assert _sheet().state == "submitted"


def test_submitted_scores_keep_the_rubric_they_were_given_under(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    make_sheet(panel, task, panel.entries[0])
    _new_rubric(panel)
    client = client_of(app, panel.judges[0])
    assert "The rubric has a new version" not in client.get(f"/en/judge/{task.code}").text
    assert client.post(f"/en/judge/{task.code}/adopt").status_code == 409
    assert _sheet().rubric_version_id == panel.rubric.id


def test_a_form_of_another_calls_rubric_is_refused(app: Flask) -> None:
    panel, other = make_panel(judges=1, entries=1), make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client = client_of(app, panel.judges[0])
    for rubric in (str(other.rubric.id), str(new_id()), "nonsense", ""):
        answer = client.post(f"/en/judge/{task.code}", data=sheet_form(panel, rubric=rubric))
        assert answer.status_code == 404
    assert db.session.query(ScoreSheet).count() == 0


def test_scores_of_an_earlier_version_of_the_entry_stop_counting_until_confirmed(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client, url = client_of(app, panel.judges[0]), f"/en/judge/{task.code}"
    client.post(f"{url}/submit", data=sheet_form(panel))
    assert len(snapshot(panel.rubric.stage_id).entry) == 1
    _new_revision(panel.entries[0])
    assert len(snapshot(panel.rubric.stage_id).entry) == 0
    page = client.get(url).text
    assert "Your submitted scores were for the earlier version and no longer count." in page
    assert "Neighbours hear within the hour." in page  # what was scored stays what is shown
    assert client.post(f"{url}/adopt").status_code == 303
    assert "A second thought." in client.get(url).text
    sheet = _sheet()
    assert (sheet.state, scores.unpack(sheet.scores)) == ("draft", [700] * len(panel.rubric.criteria))
    assert db.session.scalars(select(SheetVersion)).one().reopened_reason == "entry changed"
    assert client.post(f"{url}/submit", data=sheet_form(panel, version=str(sheet.version))).status_code == 303
    db.session.rollback()
    assert len(snapshot(panel.rubric.stage_id).entry) == 1


def test_a_withdrawn_entry_closes(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client, url = client_of(app, panel.judges[0]), f"/en/judge/{task.code}"
    with transaction.write():
        db.session.get_one(Entry, panel.entries[0].id).state = "withdrawn"
    page = client.get(url)
    assert page.status_code == 200
    assert "The team has withdrawn this entry." in page.text
    assert "Neighbours hear within the hour." not in page.text
    assert client.post(url, data=sheet_form(panel)).status_code == 409
    assert "Withdrawn by the team" in client.get("/en/judge?view=all").text


def test_the_tally_follows_every_command(app: Flask) -> None:
    panel = make_panel(judges=2, entries=4)
    judge, organizer = client_of(app, panel.judges[0]), client_of(app, panel.organizer)
    base = f"/en/organizer/calls/{panel.call.code}"

    def check() -> dict[str, int]:
        db.session.rollback()
        seat = db.session.get_one(Seat, panel.seats[0].id)
        assert seat.tally == tasks.tallies([seat.id])[seat.id]
        return dict(seat.tally)

    for entry in panel.entries:
        organizer.post(f"{base}/assignments/{entry.code}", data={"judge": ["1", "2"]})
    assert check() == {"waiting": 4}
    codes = [
        db.session.scalars(select(Assignment.code).where(
            Assignment.entry_id == entry.id, Assignment.seat_id == panel.seats[0].id
        )).one() for entry in panel.entries
    ]
    for code in codes[:3]:
        judge.post(f"/en/judge/{code}/declare", data={"answer": "none"})
    judge.post(f"/en/judge/{codes[0]}", data=sheet_form(panel), headers={"X-Autosave": "1"})
    assert check() == {"waiting": 3, "draft": 1}
    judge.post(f"/en/judge/{codes[0]}/submit", data=sheet_form(panel, version="1"))
    assert check() == {"waiting": 3, "submitted": 1}
    judge.post(f"/en/judge/{codes[1]}/declare", data={"answer": "tied", "relation": "family"})
    assert check() == {"waiting": 2, "submitted": 1, "out": 1}
    sign = sign_with(app, panel)
    organizer.post(f"{base}/sheets/{codes[0]}/reopen", data={"reason": "A slip."})
    sign()
    assert check() == {"waiting": 2, "draft": 1, "out": 1}
    organizer.post(f"{base}/conflicts/1/{panel.entries[1].code}/undo", data={"reason": "A mix-up."})
    assert check() == {"waiting": 3, "draft": 1}
    organizer.post(f"{base}/assignments/{panel.entries[3].code}", data={"judge": ["2"]})
    assert check() == {"waiting": 2, "draft": 1, "out": 1}
    organizer.post(f"{base}/panel/1/remove", data={"reason": "Moved abroad."})
    assert check() == {"out": 4}
