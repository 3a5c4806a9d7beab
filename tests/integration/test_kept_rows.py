"""What was received, submitted or published stays as it was: the database itself refuses to rewrite it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from competition.decisions.models import Publication, PublishedDecision
from competition.entries.models import Revision
from competition.extensions import Model, db
from competition.judging.models import ScoreSheet, SheetVersion
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.results.models import Run
from tests.factories.calls import NOW
from tests.factories.judging import make_assignment, make_panel, make_sheet

SAID = {
    Revision: "an entry stays as it was received", SheetVersion: "a score sheet stays as it was submitted",
    Publication: "a published result stays as it was published",
    PublishedDecision: "a published decision stays as it was published",
}
ONCE = {
    "reopened_at": SheetVersion, "reopened_by": SheetVersion, "reopened_reason": SheetVersion, "digest": Publication,
}
RULES = [(model, column.name) for model in SAID for column in model.__table__.columns]


@pytest.fixture
def rows(app: Flask) -> Iterator[None]:
    """A revision, a submitted sheet, a published decision: of each the one row."""
    panel = make_panel(judges=1, entries=1)
    entry, run, publication = panel.entries[0], new_id(), new_id()
    task = make_assignment(panel, panel.seats[0], entry)
    make_sheet(panel, task, entry)
    with transaction.write():
        db.session.add(Run(
            id=run, call_id=panel.call.id, stage_id=panel.rubric.stage_id, number=1, state="done", method={},
            parameters={}, libraries={}, summary={}, created_at=NOW,
        ))
        db.session.flush()
        db.session.execute(insert(Publication).values(
            id=publication, call_id=panel.call.id, run_id=run, note={}, reason={}, published_at=NOW,
            notice_until=NOW + timedelta(days=1), digest="", facts={},
        ))
        db.session.execute(insert(PublishedDecision).values(
            publication_id=publication, entry_id=entry.id, team="T", native_name="", country="FI",
            proposed="selected", outcome="selected", proposed_award_minor=1, award_minor=1, band="", reason="",
            decided_at=NOW,
        ))
    yield


def refused(sql: str) -> str:
    """What the database says to a statement; empty when it obeys."""
    try:
        with transaction.write():
            db.session.execute(text(sql))
    except DBAPIError as error:
        db.session.rollback()
        sentence = re.search("|".join(SAID.values()), str(error.orig))
        return sentence[0] if sentence else str(error.orig)
    return ""


def test_no_column_is_rewritten_and_no_row_is_deleted(rows: None) -> None:
    """Set to what it is, every column but those that are written once answers with the sentence of its table."""
    answers = {
        (model, name): refused(f"UPDATE {model.__tablename__} SET {name} = {name}") for model, name in RULES
        if ONCE.get(name) is not model
    }
    assert answers == {(model, name): SAID[model] for model, name in RULES if ONCE.get(name) is not model}
    assert {model: refused(f"DELETE FROM {model.__tablename__}") for model in SAID} == SAID


def test_whoever_deletes_an_entry_or_a_sheet_does_not_take_them_along(rows: None) -> None:
    db.session.rollback()
    assert "submitted scores stay as they are" in refused("DELETE FROM score_sheet")
    counts: dict[type[Model], int | None] = {
        model: db.session.scalar(select(func.count()).select_from(model)) for model in SAID
    }
    assert counts == dict.fromkeys(SAID, 1)


def test_what_is_written_later_is_written_once(rows: None) -> None:
    digest = "UPDATE publication SET digest = 'a'"
    reopen = "UPDATE sheet_version SET reopened_at = '2026-01-01 00:00:00+00:00', reopened_reason = 'Because.'"
    assert [refused(digest), refused(digest)] == ["", SAID[Publication]]
    assert [refused(reopen), refused(reopen)] == ["", SAID[SheetVersion]]
    assert refused("UPDATE sheet_version SET reopened_reason = 'Better.'") == SAID[SheetVersion]


def test_a_submitted_sheet_changes_only_by_being_reopened_or_voided_once(rows: None) -> None:
    sentence = "submitted scores stay as they are"
    content = [c.name for c in ScoreSheet.__table__.columns
               if c.name not in {"id", "state", "version", "voided_at", "voided_by", "void_reason"}]
    long_ago, text_column = "'2020-01-01 00:00:00'", "overall" if db.engine.dialect.name == "sqlite" else "'x'"
    values = {
        "comments": "'[1]'", "submitted_at": long_ago, "saved_at": long_ago, "begun_at": long_ago, "total": "1",
        "scores": text_column, "overall": "''",
        **{name: f"'{new_id().hex}'" for name in ("assignment_id", "rubric_version_id", "revision_id")},
    }
    answers = {
        name: refused(f"UPDATE score_sheet SET {name} = {values[name]}") for name in content
    }
    assert {name for name, answer in answers.items() if sentence not in answer} == set()
    assert refused("UPDATE score_sheet SET voided_at = '2026-01-01 00:00:00', void_reason = 'A slip.'") == ""
    for change in ("voided_at = NULL", "void_reason = 'Another.'", "state = 'draft'"):
        assert sentence in refused(f"UPDATE score_sheet SET {change}")


def test_a_reopened_sheet_is_a_draft_again(rows: None) -> None:
    assert refused("UPDATE score_sheet SET state = 'draft', submitted_at = NULL") == ""
    assert refused("UPDATE score_sheet SET total = 1") == ""
