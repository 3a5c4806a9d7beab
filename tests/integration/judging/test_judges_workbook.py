"""Scores filled in outside of the site: the workbook, what its check says of each row, what is taken."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.extensions import db
from competition.judging import scores
from competition.judging.models import ScoreSheet
from tests.factories.accounts import client_of
from tests.factories.judging import Panel, make_assignment, make_panel, make_sheet, sheet_form


@pytest.fixture
def panel(app: Flask) -> Panel:
    return make_panel(judges=1, entries=4)


def _download(client: FlaskClient, panel: Panel) -> Any:
    answer = client.get(f"/en/judge/table/workbook?call={panel.call.code}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{panel.call.code}-scores.xlsx"'
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def _check(client: FlaskClient, panel: Panel, book: Any) -> str:
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    data = {"call": panel.call.code, "file": (stream, "scores.xlsx")}
    return client.post("/en/judge/table/check", data=data, content_type="multipart/form-data").text


def test_a_filled_in_workbook_is_checked_and_taken(app: Flask, panel: Panel) -> None:
    tasks = [make_assignment(panel, panel.seats[0], entry) for entry in panel.entries]
    count = len(panel.rubric.criteria)
    make_sheet(panel, tasks[1], panel.entries[1], [750] * count, state="draft", submitted_at=None,
               comments=["Kept.", *[""] * (count - 1)])
    client = client_of(app, panel.judges[0])
    book = _download(client, panel)
    sheet = book.active
    keys = [criterion.key for criterion in panel.rubric.criteria]
    assert [cell.value for cell in sheet[1]] == ["entry", "version", "title", *keys, "overall"]
    lines = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    first, second, third, fourth = (lines[entry.code] for entry in panel.entries)
    assert [second[1].value, second[3].value, first[1].value, first[3].value] == [1, 7.5, 0, None]

    for cell in first[3:-1]:
        cell.value = 8
    first[-1].value = "=Written on a train."
    second[3].value = 6.5
    third[3].value = 11
    fourth[3].value = 5
    client.post(f"/en/judge/{tasks[3].code}", data=sheet_form(panel), headers={"X-Autosave": "1"})  # newer here
    first[-1].data_type = "s"
    page = _check(client, panel, book)
    assert "2 rows cannot be taken" in page and "2 rows say something new" in page
    assert "Give 0 to 10 points in steps of 0.5." in page
    assert "The sheet was changed here after the file was downloaded." in page
    db.session.rollback()
    assert len(db.session.scalars(select(ScoreSheet)).all()) == 2  # checking stores nothing

    packed = re.search(r'name="rows" value="([^"]*)"', page)
    assert packed is not None
    taken = client.post("/en/judge/table/take", data={"call": panel.call.code, "rows": html.unescape(packed[1])},
                        follow_redirects=True)
    assert "2 drafts taken from the file." in taken.text
    db.session.rollback()
    stored = {sheet.assignment_id: sheet for sheet in db.session.scalars(select(ScoreSheet))}
    assert scores.unpack(stored[tasks[0].id].scores) == [800] * count
    assert stored[tasks[0].id].overall == "=Written on a train."
    assert scores.unpack(stored[tasks[1].id].scores)[0] == 650
    assert (stored[tasks[1].id].comments[0], stored[tasks[1].id].version) == ("Kept.", 2)
    assert stored[tasks[3].id].version == 1 and tasks[2].id not in stored
    again = client.post("/en/judge/table/take", data={"call": panel.call.code, "rows": html.unescape(packed[1])},
                        follow_redirects=True)
    assert "0 drafts taken from the file." in again.text  # its versions are of before


def test_what_is_no_workbook_is_refused(app: Flask, panel: Panel) -> None:
    make_assignment(panel, panel.seats[0], panel.entries[0])
    client = client_of(app, panel.judges[0])
    for content in (b"", b"entry,version", b"PK\x03\x04"):
        data = {"call": panel.call.code, "file": (io.BytesIO(content), "scores.xlsx")}
        answer = client.post("/en/judge/table/check", data=data, content_type="multipart/form-data",
                             follow_redirects=True)
        assert "This file could not be read." in answer.text
    for rows in ("", "{}", "[1]", '[["a", {}]]', '[[2, {"entry": "NONE"}]]'):
        answer = client.post("/en/judge/table/take", data={"call": panel.call.code, "rows": rows})
        assert answer.status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(ScoreSheet)).all() == []
