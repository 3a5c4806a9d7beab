"""A judge's own scores ranked, and the queue as a table."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from competition.extensions import db
from competition.judging.models import ScoreSheet
from competition.judging.queries import own_scores
from tests.factories.accounts import client_of
from tests.factories.judging import Panel, make_assignment, make_panel, make_sheet
from tests.pages import unindented


@pytest.fixture
def panel(app: Flask) -> Panel:
    return make_panel(judges=2, entries=4)


def test_own_scores_are_ranked_and_nobody_elses_are_there(app: Flask, panel: Panel) -> None:
    count = len(panel.rubric.criteria)
    for entry, score in zip(panel.entries, (700, 900, 700, 100), strict=True):
        make_sheet(panel, make_assignment(panel, panel.seats[0], entry), entry, [score] * count)
    other = make_assignment(panel, panel.seats[1], panel.entries[0])
    make_sheet(panel, other, panel.entries[0], [1000] * count, overall="zqxother")
    sheets = own_scores.ranking(panel.seats[0].id)
    first, second, third, fourth = panel.entries
    assert [(sheet.rank, sheet.entry_code, sheet.total) for sheet in sheets] == [
        (1, second.code, 9000), (2, first.code, 7000), (2, third.code, 7000), (4, fourth.code, 1000),
    ]
    lines = own_scores.spreads(sheets, panel.rubric.criteria)
    assert [(line.mean, line.median, line.lowest, line.highest, line.fifths) for line in lines] == [
        (600, 700, 100, 900, (1, 0, 0, 2, 1)),
    ] * count
    page = unindented(client_of(app, panel.judges[0]).get(f"/en/judge/scores?call={panel.call.code}").text)
    assert "90.00" in page and "1 · 0 · 0 · 2 · 1" in page
    assert "100.00" not in page and other.code not in page
    assert client_of(app, panel.judges[0]).get("/en/judge/scores?call=NONE").status_code == 404
    assert client_of(app, panel.organizer).get(f"/en/judge/scores?call={panel.call.code}").status_code == 404


def test_a_row_of_the_table_is_saved_like_the_sheet(app: Flask, panel: Panel) -> None:
    tasks = [make_assignment(panel, panel.seats[0], entry) for entry in panel.entries[:2]]
    make_assignment(panel, panel.seats[0], panel.entries[2], state="assigned", declared_at=None)
    make_sheet(panel, tasks[1], panel.entries[1], [750] * len(panel.rubric.criteria), state="draft",
               submitted_at=None, comments=["Kept.", *[""] * (len(panel.rubric.criteria) - 1)])
    client = client_of(app, panel.judges[0])
    page = unindented(client.get(f"/en/judge/table?call={panel.call.code}").text)
    assert re.findall(r'data-autosave-url="/en/judge/(\w+)"', page) == [task.code for task in tasks]
    assert 'value="7.5"' in page and 'value="Kept."' in page
    key = panel.rubric.criteria[0].key
    form = {"version": "0", "rubric": str(panel.rubric.id), f"score-{key}": "6,5", "overall": ""}
    saved = client.post(f"/en/judge/{tasks[0].code}", data=form, headers={"X-Autosave": "1"})
    assert saved.json["version"] == 1
    wrong = client.post(f"/en/judge/{tasks[0].code}", data={**form, "version": "1", f"score-{key}": "11"},
                        headers={"X-Autosave": "1"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, [f"score-{key}"])
    db.session.rollback()
    assert db.session.scalar(select(ScoreSheet.version).where(ScoreSheet.assignment_id == tasks[0].id)) == 1
