"""An organizer's documents: sent to the store by the browser, checked by a worker, offered or refused."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
import urllib3
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from competition.accounts.models import User
from competition.calls.models import Call, CallChange, CallDocument
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.models import OutboxJob
from competition.kernel.files import storage
from tests.clamd import EICAR, clamd
from tests.factories.calls import make_call, make_programme

FORM = b"%PDF-1.4 the form\n%%EOF\n"
INFECTED = b"%PDF-1.4 " + EICAR + b"\n%%EOF\n"


def send(desk: FlaskClient, body: bytes, name: str = "Form 表.pdf", sha256: str | None = None) -> str:
    """Upload like a browser: parts go to the store, nothing but words to us."""
    base = "/en/organizer/calls/ONE/documents"
    begun = desk.post(base, json={"filename": name, "type": "", "size": len(body)})
    assert (begun.status_code, begun.json["partSize"]) == (201, 5 * 1024 * 1024), begun.text
    code = begun.json["key"]
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    signed = desk.post(f"{base}/{code}/sign", json={"partNumber": 1, "checksum": checksum}).json
    assert signed["headers"] == {"x-amz-checksum-sha256": checksum}
    wrong = urllib3.request("PUT", signed["url"], body=body[:-1] + b"!", headers=signed["headers"])
    assert wrong.status == 400  # the store refuses a part that changed on the way
    assert urllib3.request("PUT", signed["url"], body=body, headers=signed["headers"]).status == 200
    assert [part["Size"] for part in desk.post(f"{base}/{code}/parts", json={}).json["parts"]] == [len(body)]
    done = {"parts": [{"PartNumber": 1, "ChecksumSHA256": checksum}], "sha256": sha256}
    for _again in range(2):  # the first reply may be lost
        assert desk.post(f"{base}/{code}/complete", json=done).json == {"key": code, "state": "pending"}
    return str(code)


def test_a_document_goes_to_the_store_and_is_offered_once_checked(
    desk: FlaskClient, organizer: User, run_jobs: Callable[[], list[str]]
) -> None:
    make_call(make_programme(organizer), now=datetime.now(UTC), code="ONE")
    code = send(desk, FORM)
    assert "Form 表.pdf" not in desk.get("/en/calls/ONE").text
    incoming = db.session.scalars(select(CallDocument.key)).one()
    db.session.rollback()
    assert run_jobs() == ["calls.check_document: done", "upload.discard: done"]
    stored = db.session.scalars(select(CallDocument).where(CallDocument.code == code)).one()
    assert (stored.state, stored.size, stored.content_type) == ("ready", len(FORM), "application/pdf")
    assert stored.sha256 == hashlib.sha256(FORM).hexdigest()
    assert (storage.head(incoming), stored.key.partition("/")[0]) == (None, "checked")  # no browser can write there
    page = desk.get("/en/calls/ONE").text
    assert "Form 表.pdf" in page
    assert "Document added: Form 表.pdf" in page
    download = urllib3.request("GET", desk.get(f"/en/calls/ONE/documents/{code}").location)
    assert download.data == FORM
    assert download.headers["Content-Disposition"].startswith("attachment")
    key = stored.key
    db.session.rollback()
    assert desk.post(f"/en/organizer/calls/ONE/documents/{code}/remove").status_code == 303
    assert run_jobs() == ["upload.discard: done"]
    assert storage.head(key) is None
    assert desk.get(f"/en/calls/ONE/documents/{code}").status_code == 404
    lines = db.session.scalars(select(CallChange.summary).order_by(CallChange.at)).all()
    assert [line["en"] for line in lines] == ["Document added: Form 表.pdf", "Document removed: Form 表.pdf"]


@pytest.mark.parametrize(("name", "size"), [("run.exe", 10), ("big.pdf", 20_000_001), ("empty.pdf", 0), ("", 5)])
def test_documents_that_are_not_taken(desk: FlaskClient, organizer: User, name: str, size: int) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft")
    answer = desk.post("/en/organizer/calls/ONE/documents", json={"filename": name, "size": size})
    assert answer.status_code == 422
    assert "error" in answer.json


def unfinished_at_store() -> list[str]:
    client, bucket = storage._s3()
    return [one["Key"] for one in client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


def test_an_upload_can_be_given_up(desk: FlaskClient, organizer: User, run_jobs: Callable[[], list[str]]) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft")
    base = "/en/organizer/calls/ONE/documents"
    code = desk.post(base, json={"filename": "a.pdf", "size": 10}).json["key"]
    assert desk.post(f"{base}/{code}/sign", json={"partNumber": 2, "checksum": "A" * 43 + "="}).status_code == 422
    assert desk.post(f"{base}/{code}/sign", json={"partNumber": 1}).status_code == 422
    assert desk.post(f"{base}/{code}/complete", json={}).status_code == 422
    key = db.session.scalars(select(CallDocument.key)).one()
    assert key in unfinished_at_store()
    db.session.rollback()
    assert desk.post(f"{base}/{code}/abort", json={}).status_code == 200
    assert desk.post(f"{base}/{code}/parts", json={}).status_code == 404
    assert run_jobs() == ["upload.discard: done"]
    assert key not in unfinished_at_store()


def test_an_upload_that_never_ends_is_swept_after_a_day(
    desk: FlaskClient, organizer: User, run_jobs: Callable[[], list[str]]
) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft")
    document = send(desk, FORM)
    base = "/en/organizer/calls/ONE/documents"
    code = desk.post(base, json={"filename": "a.pdf", "size": 10}).json["key"]
    assert run_jobs() == ["calls.check_document: done", "upload.discard: done"]
    key = db.session.scalars(select(CallDocument.key).where(CallDocument.code == code)).one()
    db.session.rollback()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=24, seconds=1), tick=False):
        # S3 refuses a clock that is a day off, so the removal itself is due again when the clock is right.
        assert run_jobs() == ["upload.expire: done", "upload.expire: done", "upload.discard: due"]
    assert db.session.scalars(select(CallDocument.code)).all() == [document]
    with transaction.write():
        db.session.execute(update(OutboxJob).where(OutboxJob.state == "due").values(due_at=datetime.now(UTC)))
    assert run_jobs() == ["upload.discard: done"]
    assert key not in unfinished_at_store()


def test_a_document_that_changed_on_the_way_is_refused(
    desk: FlaskClient, organizer: User, run_jobs: Callable[[], list[str]]
) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft")
    send(desk, FORM, sha256="0" * 64)
    assert run_jobs() == ["calls.check_document: done", "upload.discard: done"]
    assert "Refused: The bytes changed on the way." in desk.get("/en/organizer/calls/ONE/documents").text


def test_a_document_of_another_length_is_refused_and_deleted(
    desk: FlaskClient, organizer: User, run_jobs: Callable[[], list[str]]
) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft")
    code = send(desk, FORM)
    with transaction.write():
        stored = db.session.scalars(select(CallDocument).where(CallDocument.code == code)).one()
        stored.size, key = stored.size + 1, stored.key
    assert run_jobs() == ["calls.check_document: done", "upload.discard: done"]
    assert storage.head(key) is None
    assert "Refused: Less or more arrived than was announced." in desk.get("/en/organizer/calls/ONE/documents").text


@pytest.mark.parametrize(("name", "body", "reason"), [
    ("Form.pdf", b"MZ this is a program", "The content is not what the name says."),
    ("Form.docx", FORM, "The content is not what the name says."),
    ("Table.csv", b"a,b\n\x00\x01\xff", "It is not readable text."),
])
def test_a_document_that_is_not_what_its_name_says_is_refused(
    desk: FlaskClient, organizer: User, run_jobs: Callable[[], list[str]], name: str, body: bytes, reason: str,
) -> None:
    make_call(make_programme(organizer), now=datetime.now(UTC), code="ONE")
    code = send(desk, body, name)
    assert run_jobs() == ["calls.check_document: done", "upload.discard: done"]
    assert f"Refused: {reason}" in desk.get("/en/organizer/calls/ONE/documents").text
    assert desk.get(f"/en/calls/ONE/documents/{code}").status_code == 404


def test_a_document_that_arrives_after_the_result_is_refused(
    desk: FlaskClient, organizer: User, run_jobs: Callable[[], list[str]]
) -> None:
    call = make_call(make_programme(organizer), code="ONE", state="judging")
    code = send(desk, FORM)
    with transaction.write():
        db.session.execute(update(Call).where(Call.id == call.id).values(state="notice"))
    assert run_jobs() == ["calls.check_document: done", "upload.discard: done"]
    page = desk.get("/en/organizer/calls/ONE/documents").text
    assert "Refused: It arrived after the documents of this call were fixed." in page
    assert desk.get(f"/en/calls/ONE/documents/{code}").status_code == 404


def test_documents_are_scanned_before_they_are_offered(
    app: Flask, desk: FlaskClient, organizer: User, tmp_path: Path, run_jobs: Callable[[], list[str]]
) -> None:
    make_call(make_programme(organizer), now=datetime.now(UTC), code="ONE")
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"clamd_address": str(tmp_path / "clamd")})
    clean, infected = send(desk, FORM), send(desk, INFECTED, "Annex.pdf")
    assert run_jobs() == ["calls.check_document: due"] * 2  # nobody to scan them: they wait
    assert desk.get(f"/en/calls/ONE/documents/{clean}").status_code == 404
    db.session.execute(update(OutboxJob).where(OutboxJob.state == "due", OutboxJob.kind == "calls.check_document")
                       .values(due_at=datetime.now(UTC)))
    db.session.commit()
    with clamd(tmp_path / "clamd") as scanner:
        assert sorted(run_jobs()) == ["calls.check_document: done"] * 2 + ["upload.discard: done"] * 2
        assert sorted(scanner.streams) == sorted([INFECTED, FORM])
    db.session.rollback()
    rows = db.session.execute(select(CallDocument.code, CallDocument.state, CallDocument.reason)).all()
    assert {tuple(row) for row in rows} == {(clean, "ready", ""), (infected, "rejected", "malware")}
    assert desk.get(f"/en/calls/ONE/documents/{clean}").status_code == 302
    assert desk.get(f"/en/calls/ONE/documents/{infected}").status_code == 404
    page = desk.get("/en/organizer/calls/ONE/documents").text
    assert "Refused: Our malware scanner found something in it." in page
