"""Files: straight from the browser to a real S3, looked at by a worker, within the limits also in a race."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from competition.accounts.models import User
from competition.calls.models import Call
from competition.entries.models import Attachment, Entry
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data.models import MailMessage, OutboxJob
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import make_call, make_programme
from tests.factories.entries import make_attachment, make_entry, make_submitted, make_team, receive, record

PART = 5 * 1024 * 1024
PDF = b"%PDF-1.7\n" + b"x" * 1000 + b"\n%%EOF\n"


def open_call(**columns: Any) -> Any:
    return make_call(now=clock.now(), **columns)


@pytest.fixture
def person(app: Flask) -> User:
    return make_user()


@pytest.fixture
def entry(person: User) -> Entry:
    return make_entry(open_call(), make_team(person))


@pytest.fixture
def client(app: Flask, person: User) -> FlaskClient:
    return client_of(app, person)


def digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def create(client: FlaskClient, entry: Entry, name: str, size: int) -> Any:
    return client.post(f"/en/my/entries/{entry.code}/files", json={"filename": name, "size": size})


def put(url: str, body: bytes, headers: dict[str, str]) -> int:
    request = urllib.request.Request(url, data=body, method="PUT", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def send_part(client: FlaskClient, key: str, number: int, part: bytes) -> int:
    signed = client.post(f"/en/my/files/{key}/sign", json={"partNumber": number, "checksum": digest(part)})
    assert signed.status_code == 200, signed.text
    return put(signed.json["url"], part, signed.json["headers"])


def parts_of(data: bytes) -> list[bytes]:
    return [data[at : at + PART] for at in range(0, len(data), PART)]


def complete(client: FlaskClient, key: str, data: bytes, sha256: str | None = None) -> Any:
    listed = [{"PartNumber": n, "ChecksumSHA256": digest(part)} for n, part in enumerate(parts_of(data), 1)]
    return client.post(f"/en/my/files/{key}/complete", json={"parts": listed, "sha256": sha256})


def upload(client: FlaskClient, entry: Entry, name: str, data: bytes, sha256: str | None = None) -> str:
    key = create(client, entry, name, len(data)).json["key"]
    for number, part in enumerate(parts_of(data), 1):
        assert send_part(client, key, number, part) == 200
    assert complete(client, key, data, sha256).status_code == 200
    return str(key)


def stored(code: str) -> Attachment:
    db.session.rollback()
    return db.session.scalars(select(Attachment).where(Attachment.code == code)).one()


def test_many_parts_resumed_and_verified(
    client: FlaskClient, entry: Entry, run_jobs: Callable[[], list[str]], s3: Any, s3_settings: dict[str, str]
) -> None:
    data = b"%PDF-1.7\n" + bytes(range(256)) * (45 * 1024) + b"\n%%EOF\n"  # three parts, the last one short
    answer = create(client, entry, "方案 plan.pdf", len(data))
    assert (answer.status_code, answer.json["partSize"]) == (201, PART)
    key = answer.json["key"]
    first, second, third = parts_of(data)
    assert send_part(client, key, 1, first) == 200
    assert client.post(f"/en/my/files/{key}/complete", json={}).status_code == 422  # parts are missing
    listed = client.post(f"/en/my/files/{key}/parts", json={}).json["parts"]  # the page was loaded anew
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(1, PART)]
    assert (send_part(client, key, 3, third), send_part(client, key, 2, second)) == (200, 200)
    sha256 = hashlib.sha256(data).hexdigest()
    assert complete(client, key, data, sha256).json == {"key": key, "state": "uploaded"}
    assert complete(client, key, data, sha256).status_code == 200  # a lost reply, sent again
    assert (stored(key).state, stored(key).sha256) == ("uploaded", sha256)

    assert run_jobs() == ["attachment.verify: done", "upload.discard: done"]
    file = stored(key)
    assert (file.state, file.reason, file.sha256, file.slot) == ("ready", "", sha256, "proposal")
    assert file.key is not None
    bucket = s3_settings["s3_bucket"]
    assert s3.get_object(Bucket=bucket, Key=file.key)["Body"].read() == data
    assert file.incoming_key not in {o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}

    answer = client.get(f"/en/my/files/{key}")
    assert answer.status_code == 303
    with urllib.request.urlopen(answer.location) as got:
        assert got.read() == data
        assert got.headers["Content-Disposition"] == (
            "attachment; filename=\"__ plan.pdf\"; filename*=UTF-8''%E6%96%B9%E6%A1%88%20plan.pdf")
        assert got.headers["Content-Type"] == "application/pdf"


def test_a_signed_address_takes_only_the_bytes_it_was_signed_for(client: FlaskClient, entry: Entry) -> None:
    data = PDF
    key = create(client, entry, "plan.pdf", len(data)).json["key"]
    signed = client.post(f"/en/my/files/{key}/sign", json={"partNumber": 1, "checksum": digest(data)}).json
    tampered = data[:-1] + b"!"
    assert put(signed["url"], tampered, signed["headers"]) == 400
    assert put(signed["url"], tampered, {"x-amz-checksum-sha256": digest(tampered)}) == 403
    assert put(signed["url"], data + b"more", signed["headers"]) == 403
    assert put(signed["url"].replace("partNumber=1", "partNumber=2"), data, signed["headers"]) == 403
    assert put(signed["url"], data, signed["headers"]) == 200
    refused = client.post(f"/en/my/files/{key}/sign", json={"partNumber": 2, "checksum": digest(b"")})
    assert (refused.status_code, "no such part" in refused.json["error"]) == (422, True)


@pytest.mark.parametrize(("name", "size", "text"), [
    ("tool.exe", 10, "this kind of file is not taken"), ("plan", 10, "this kind of file is not taken"),
    ("plan.pdf", 0, "is empty"), ("film.mp4", 200_000_001, "One file may have 200.0 MB"),
])
def test_what_is_not_taken(client: FlaskClient, entry: Entry, name: str, size: int, text: str) -> None:
    answer = create(client, entry, name, size)
    assert answer.status_code == 422
    assert text in answer.json["error"]
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_names_are_only_shown(client: FlaskClient, entry: Entry) -> None:
    key = create(client, entry, "../../etc/\u202efdp.evil\x00.pdf", 10).json["key"]
    assert stored(key).name == "fdp.evil.pdf"
    assert stored(key).incoming_key.startswith("incoming/")


def test_a_race_for_the_last_place_has_one_winner(app: Flask, person: User) -> None:
    entry = make_entry(open_call(entry_max_files=3, entry_max_bytes=3000), make_team(person))
    clients = [client_of(app, person) for _n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda c: create(c, entry, "a.pdf", 1400).status_code, clients))
    assert sorted(answers) == [201, 201, 422, 422, 422, 422]
    assert db.session.scalar(select(func.sum(Attachment.size))) == 2800
    small = create(clients[0], entry, "b.pdf", 200)
    assert small.status_code == 201
    full = create(clients[0], entry, "c.pdf", 0 + 1)
    assert (full.status_code, "at most 3 files" in full.json["error"]) == (422, True)
    clients[0].post(f"/en/my/files/{small.json['key']}/abort", json={})
    assert create(clients[0], entry, "c.pdf", 100).status_code == 201


def zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "data", "reason"), [
    ("plan.pdf", b"<html><script>alert(1)</script></html>", "type"),
    ("plan.docx", zipped({"a.txt": b"x"}), "type"),
    ("bomb.zip", zipped({"zeros": bytes(70 * 1024 * 1024)}), "bomb"),
    ("table.csv", b"\x00\x01\x02", "encoding"),
])
def test_what_the_worker_refuses(
    client: FlaskClient, entry: Entry, run_jobs: Callable[[], list[str]], person: User, name: str, data: bytes,
    reason: str,
) -> None:
    key = upload(client, entry, name, data)
    assert run_jobs()[0] == "attachment.verify: done"
    file = stored(key)
    assert (file.state, file.reason, file.key) == ("rejected", reason, None)
    assert client.get(f"/en/my/files/{key}").status_code == 404
    for page in ("/files", "", "/review"):
        assert "Refused: " in client.get(f"/en/my/entries/{entry.code}{page}").text
    mail = db.session.scalars(select(MailMessage)).one()
    assert (mail.to, mail.subject) == (person.email, f"A file was refused: {name}")


def test_a_digest_that_does_not_match_is_refused(
    client: FlaskClient, entry: Entry, run_jobs: Callable[[], list[str]]
) -> None:
    key = upload(client, entry, "plan.pdf", PDF, "0" * 64)
    run_jobs()
    assert (stored(key).state, stored(key).reason) == ("rejected", "digest")


def test_looking_twice_is_looking_once(client: FlaskClient, entry: Entry, run_jobs: Callable[[], list[str]]) -> None:
    from competition.kernel.jobs import outbox

    key = upload(client, entry, "plan.pdf", PDF)
    job = db.session.scalars(select(OutboxJob).where(OutboxJob.kind == "attachment.verify")).one()
    run_jobs()
    assert outbox.run(job.id) == "skipped"
    assert stored(key).state == "ready"


def test_removing_frees_the_bytes_unless_a_revision_holds_them(
    client: FlaskClient, person: User, run_jobs: Callable[[], list[str]], s3: Any, s3_settings: dict[str, str]
) -> None:
    entry = make_entry(open_call(), make_team(person))
    free, submitted = upload(client, entry, "a.pdf", PDF), upload(client, entry, "b.pdf", PDF + b" ")
    run_jobs()
    keys = {name: stored(code).key for name, code in (("free", free), ("submitted", submitted))}
    client.post(f"/en/my/files/{free}/delete")
    assert client.get(f"/en/my/files/{free}").status_code == 404
    answer = client.post(f"/en/my/entries/{entry.code}/submit", data={"version": "1", "key": "k", "signed": "y"})
    assert answer.status_code == 303, answer.text
    client.post(f"/en/my/files/{submitted}/delete")
    db.session.rollback()
    run_jobs()
    left = {o["Key"] for o in s3.list_objects_v2(Bucket=s3_settings["s3_bucket"]).get("Contents", [])}
    assert (keys["free"] in left, keys["submitted"] in left) == (False, True)
    assert client.get(f"/en/my/files/{submitted}").status_code == 303  # part of what was received


def test_an_upload_that_never_ends_gives_its_place_back(
    client: FlaskClient, entry: Entry, run_jobs: Callable[[], list[str]]
) -> None:
    key = create(client, entry, "plan.pdf", len(PDF)).json["key"]
    assert run_jobs() == []
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1), tick=False):
        # S3 refuses a clock that is a day off, so the removal itself is due again when the clock is right
        assert run_jobs() == ["upload.expire: done", "upload.discard: due"]
    assert (stored(key).state, stored(key).reason) == ("deleted", "expired")
    assert client.post(f"/en/my/files/{key}/parts", json={}).status_code == 404


def test_files_follow_the_deadline(app: Flask, person: User) -> None:
    entry = make_entry(open_call(deadline_at=clock.now() - timedelta(minutes=2)), make_team(person))
    file = make_attachment(entry)
    client = client_of(app, person)
    answers = [
        create(client, entry, "a.pdf", 10), client.post(f"/en/my/files/{file.code}/delete"),
        client.post(f"/en/my/files/{file.code}/slot", data={"slot": "video"}),
    ]
    assert [answer.status_code for answer in answers] == [409, 409, 409]


def test_who_may_have_a_file(app: Flask, person: User) -> None:
    organizer = make_user()
    call = open_call(programme=None)
    mine = make_call(make_programme(organizer), now=clock.now(), entries_opened_at=clock.now())
    entry = make_entry(mine, make_team(person))
    file = make_attachment(entry)
    foreign = make_attachment(make_submitted(call, make_team(make_user())))
    receive(entry, files=[record(file)])
    own, overseer = client_of(app, person), client_of(app, organizer)
    assert own.get(f"/en/my/files/{file.code}").status_code == 303
    assert overseer.get(f"/en/my/files/{file.code}").status_code == 303
    for one in (own, overseer):
        answers = [one.get(f"/en/my/files/{code}") for code in (foreign.code, "NOSUCHFILE12")]
        assert [answer.status_code for answer in answers] == [404, 404]
    for action in ("sign", "parts", "complete", "abort", "delete", "slot"):
        assert overseer.post(f"/en/my/files/{file.code}/{action}", json={}).status_code == 404


def test_a_draft_s_files_are_missing_for_organizers(app: Flask, person: User) -> None:
    organizer = make_user()
    call = make_call(make_programme(organizer), now=clock.now(), entries_opened_at=clock.now())
    entry = make_entry(call, make_team(person))
    received, added = make_attachment(entry, name="received.pdf"), make_attachment(entry, name="added.pdf")
    overseer = client_of(app, organizer)

    def answer(code: str) -> tuple[int, str]:
        got = overseer.get(f"/en/my/files/{code}")
        return got.status_code, re.sub(r'nonce="[^"]+"', "", got.text.replace(code, "CODE"))

    nothing = answer("NOSUCHFILE12")
    assert nothing[0] == 404
    assert [answer(received.code), answer(added.code)] == [nothing, nothing]
    receive(entry, files=[record(received)])
    assert answer(received.code)[0] == 303
    assert answer(added.code) == nothing  # of the next revision, which is a draft again
    listing = overseer.get(f"/en/organizer/calls/{call_code(entry)}/entries").text
    assert re.findall(r'data-label="Files">(.*?)</td>', listing) == ["1"]


def call_code(entry: Entry) -> str:
    return db.session.scalars(select(Call.code).where(Call.id == entry.call_id)).one()


def test_a_body_nested_without_end_is_an_empty_one(client: FlaskClient, entry: Entry) -> None:
    for body in (b"[" * 200_000, b'{"filename":' * 50_000):
        answer = client.post(f"/en/my/entries/{entry.code}/files", data=body, content_type="application/json")
        assert answer.status_code == 422
