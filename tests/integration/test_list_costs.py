"""Every list of calls, entries and judging costs the database the same with 300 rows as with 3."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from competition.extensions import db
from competition.judging.queries.tasks import own_task
from competition.kernel.web.access import Actor
from tests.factories.accounts import client_of
from tests.factories.crowd import Crowd, make_crowd

FEW, MANY = 3, 300


def organizer_pages(crowd: Crowd) -> list[str]:
    base = f"/organizer/calls/{crowd.call.code}"
    return [
        "/organizer", "/organizer?phase=open", base, f"{base}/documents", f"{base}/audit", f"{base}/edit/texts",
        f"{base}/entries", f"{base}/entries?state=submitted&q=team", f"{base}/entries/{crowd.entry_code}",
        f"{base}/panel", f"{base}/assignments", f"{base}/conflicts", f"{base}/judge-files", f"{base}/progress",
        f"{base}/progress?view=short", f"{base}/progress/remind", f"{base}/stages",
        f"{base}/sheets/{crowd.sheet_code}",
    ]


def judge_pages(crowd: Crowd) -> list[str]:
    return ["/judge", "/judge?view=all", f"/judge/{crowd.task_code}", f"/judge/{crowd.task_code}/files",
            f"/judge/{crowd.task_code}/options", "/judge/scores", "/judge/table",
            "/judge/table/workbook"]


def team_pages(crowd: Crowd) -> list[str]:
    base = f"/my/entries/{crowd.draft.code}"
    return ["/my/entries", base, f"{base}/files", f"{base}/review", f"/my/teams/{crowd.team.code}"]


def public_pages(crowd: Crowd) -> list[str]:
    return ["/", "/calls", "/calls?q=care&phase=open", f"/calls/{crowd.call.code}"]


def spent(client: FlaskClient, pages: list[str]) -> list[int]:
    """Statements per page, once what is kept for a moment is there."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    counts = []
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for page in pages:
            assert client.get(f"/en{page}").status_code == 200, page
            seen.clear()
            assert client.get(f"/en{page}").status_code == 200, page
            counts.append(len(seen))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return counts


def everything(app: Flask, crowd: Crowd) -> dict[str, int]:
    readers: list[tuple[FlaskClient, Callable[[Crowd], list[str]]]] = [
        (app.test_client(), public_pages), (client_of(app, crowd.organizer), organizer_pages),
        (client_of(app, crowd.judge), judge_pages), (client_of(app, crowd.lead), team_pages),
    ]
    words = {crowd.call.code: "CALL", crowd.entry_code: "ENTRY", crowd.task_code: "TASK", crowd.sheet_code: "SHEET",
             crowd.draft.code: "DRAFT", crowd.team.code: "TEAM"}
    costs = {}
    for client, pages in readers:
        for page, count in zip(listed := pages(crowd), spent(client, listed), strict=True):
            for code, word in words.items():
                page = page.replace(code, word)
            costs[page] = count
    return costs


def test_lists_cost_the_same_with_many_rows(app: Flask) -> None:
    few = everything(app, make_crowd(FEW))
    many = everything(app, make_crowd(MANY))
    assert many == few
    assert {page: count for page, count in many.items() if count > 15} == {}


def steps(crowd: Crowd) -> int:
    """Instructions of SQLite's machine to find a judge's task; the statement is prepared before."""
    actor = Actor(user_id=crowd.judge.id)
    assert own_task(actor, crowd.task_code) is not None
    database = db.session.connection().connection.dbapi_connection
    assert database is not None
    count = itertools.count()
    database.set_progress_handler(lambda: next(count) < 0, 1)  # true would stop the statement
    try:
        own_task(actor, crowd.task_code)
    finally:
        database.set_progress_handler(None, 0)
    return next(count)


def test_a_task_is_found_without_reading_the_other_entries(app: Flask, engine_name: str) -> None:
    """Judges open and save sheets all evening; whether they belong to a team of the call is asked each time."""
    if engine_name != "sqlite":
        return  # PostgreSQL's plan for a small table says nothing about a large one
    few, many = steps(make_crowd(FEW)), steps(make_crowd(MANY))
    assert many == few


def test_pages_of_conflicts_and_files_follow_one_another_without_gaps(app: Flask) -> None:
    crowd = make_crowd(120)
    client = client_of(app, crowd.organizer)
    base = f"/en/organizer/calls/{crowd.call.code}"
    rows = {"conflicts": r"/conflicts/121/(\w+)/undo", "judge-files": r'action="[^"]*/judge-files/(\w+)"'}
    for page, row in rows.items():
        seen, sizes, address = [], [], f"{base}/{page}"
        while address:
            text = client.get(address).text
            codes = re.findall(row, text)
            seen, sizes = seen + codes, [*sizes, len(codes)]
            onward = re.search(r'rel="next" href="([^"]+)"', text)
            address = onward[1].replace("&amp;", "&") if onward else ""
        assert (sizes, len(set(seen))) == ([50, 50, 20], 120), page
