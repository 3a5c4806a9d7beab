"""A judge's receipt of submitted scores, and its comparison with database and log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from competition.extensions import db
from competition.judging.models import SheetVersion
from competition.kernel.data.models import AuditEvent
from tests.factories.accounts import client_of
from tests.factories.judging import Panel, make_assignment, make_panel, sheet_form
from tests.factories.rewriting import rewrite


@pytest.fixture
def submitted(app: Flask) -> tuple[Panel, str]:
    panel = make_panel(judges=2, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    answer = client_of(app, panel.judges[0]).post(f"/en/judge/{task.code}/submit", data=sheet_form(panel))
    assert answer.status_code == 303
    return panel, f"/en/judge/{task.code}"


def _document(app: Flask, submitted: tuple[Panel, str]) -> dict:
    panel, path = submitted
    return client_of(app, panel.judges[0]).get(f"{path}/receipts/1/document").json


def _verify(app: Flask, folder: Path, document: object):
    file = folder / "receipt.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    outcome = app.test_cli_runner().invoke(args=["opencall", "verify-receipt", str(file)])
    db.session.rollback()
    return outcome.exit_code, outcome.output


def test_the_receipt_names_what_was_submitted(app: Flask, submitted: tuple[Panel, str]) -> None:
    panel, path = submitted
    version = db.session.scalars(select(SheetVersion)).one()
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "sheet.submitted")).one()
    digest, line, line_hash = version.digest, event.seq, event.hash
    db.session.rollback()
    document = _document(app, submitted)
    submitted_at = document.pop("submitted_at")
    assert submitted_at.endswith("Z")
    assert document == {
        "format": "sheet-receipt/1", "call": panel.call.code, "entry": panel.entries[0].code, "judge": 1,
        "assignment": path.rsplit("/", 1)[1], "version": 1, "digest": digest,
        "log": {"line": line, "hash": line_hash},
    }
    client = client_of(app, panel.judges[0])
    page = client.get(f"{path}/receipts/1").text
    for part in (digest, line_hash, panel.entries[0].code, "UTC+"):
        assert part in page
    assert f"{path}/receipts/1" in client.get(path).text  # the locked sheet leads to it
    assert client.get(f"{path}/receipts/2").status_code == 404
    assert client_of(app, panel.judges[1]).get(f"{path}/receipts/1").status_code == 404


def test_a_receipt_holds_until_something_is_changed(app: Flask, submitted: tuple[Panel, str], tmp_path: Path) -> None:
    document = _document(app, submitted)
    assert _verify(app, tmp_path, document) == (0, "the receipt holds\n")
    for changes in (
        {"digest": "0" * 64}, {"version": 2}, {"judge": 2}, {"submitted_at": "2026-01-01T00:00:00.000000Z"},
        {"log": {"line": 1, "hash": "0" * 64}}, {"format": "other"}, {"assignment": "nobody"},
    ):
        assert _verify(app, tmp_path, {**document, **changes})[0] == 1, changes
    assert _verify(app, tmp_path, [document])[0] == 1
    rewrite(update(SheetVersion).values(content={"scores": [900]}))
    code, output = _verify(app, tmp_path, document)
    assert (code, output.splitlines()[0]) == (
        1, "the scores or comments that the database has are not those that were submitted"
    )


def test_a_file_that_is_no_json_is_refused(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    file.write_text("no", encoding="utf-8")
    assert app.test_cli_runner().invoke(args=["opencall", "verify-receipt", str(file)]).exit_code == 1
