"""A unique marker in everything that names a team; nothing that a judge can fetch may carry it."""

from __future__ import annotations

import io
import re
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader, PdfWriter
from sqlalchemy import select, update

from competition import redaction
from competition.entries.models import Attachment, Entry, Revision
from competition.extensions import db
from competition.judging.models import Assignment, JudgeCopy
from competition.judging.service import files
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import MailMessage, OutboxJob
from competition.kernel.files import storage
from competition.kernel.jobs import outbox
from competition.redaction import OFFICE
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW
from tests.factories.entries import full_answers, make_attachment, make_submitted, make_team, record
from tests.factories.judging import Panel, make_assignment, make_panel, sheet_form
from tests.factories.rewriting import rewrite
from tests.unit.redaction.test_images import DATA, END, FRAME, HEAD, LAST, SCAN, chunk, exif
from tests.unit.redaction.test_mp4 import film
from tests.unit.redaction.test_office import SMALL, packed

MARK = "zqxmarker"


@dataclass
class Blind:
    panel: Panel
    task: Assignment
    entry: Entry


def _pdf() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": MARK, "/Title": MARK})
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def blind(app: Flask, s3: Any) -> Blind:
    """An entry whose team left its mark in every field and file name."""
    panel = make_panel(judges=1, entries=0)
    lead = make_user(f"{MARK}@{MARK}.cn", name=f"{MARK} Lead")
    team = make_team(
        lead, name=f"{MARK} Ltd", native_name=f"{MARK}格栅", registration_number=MARK, signatory=f"{MARK} Sign",
        contact=f"contact@{MARK}.cn",
    )
    profile = dict.fromkeys(("name", "native_name", "org_type", "registration_number", "signatory", "contact"), MARK)
    entry = make_submitted(panel.call, team, answers=full_answers(
        profile=profile, partners=[{"name": f"{MARK} Partner", "country": "CN", "role": MARK, "share": 10}],
    ))
    listed = []
    for slot, name, kind in (
        ("proposal", f"{MARK}.pdf", "application/pdf"), ("supplement", f"{MARK}.zip", "application/zip"),
        ("commitment", f"{MARK}-signed.pdf", "application/pdf"),
    ):
        file = make_attachment(entry, name=name, slot=slot, content_type=kind, key=f"attachments/{MARK}-{slot}")
        storage.put(file.key or "", _pdf(), content_type=kind)
        listed.append(record(file))
    answers = {**db.session.get_one(Revision, entry.revision_id).answers, "profile": profile, "unknown_field": MARK}
    rewrite(update(Revision).where(Revision.id == entry.revision_id).values(files=listed, answers=answers))
    task = make_assignment(panel, panel.seats[0], entry, state="assigned", declared_at=None)
    panel.entries = [entry]
    return Blind(panel, task, entry)


def _check(text: str) -> None:
    assert MARK not in text.casefold()


def _sheets(data: bytes) -> str:
    """Everything that a workbook says, its properties included."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(archive.read(name).decode("utf-8") for name in archive.namelist())


def _crawl(client: FlaskClient, start: str) -> set[str]:
    """Every page of ours that can be reached by links and reader addresses; each is checked."""
    seen, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("/en/judge"):
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code in {200, 302, 303}, path
        _check(str(answer.headers))
        if "/workbook" in path:
            _check(_sheets(answer.data))
            continue
        _check(answer.text)
        waiting += [
            url.replace("&amp;", "&")
            for url in re.findall(r'(?:href|data-refresh-url|hx-get|data-download)="([^"#]+)"', answer.text)
        ]
        if answer.location:
            waiting.append(answer.location)
    return seen


def test_nothing_that_a_judge_can_fetch_names_the_team(
    app: Flask, blind: Blind, run_jobs: Callable[[], list[str]]
) -> None:
    client, url = client_of(app, blind.panel.judges[0]), f"/en/judge/{blind.task.code}"
    _crawl(client, "/en/judge")
    client.post(f"{url}/declare", data={"answer": "none"})
    run_jobs()
    seen = _crawl(client, "/en/judge")
    assert {url, f"{url}/files/1", f"{url}/files/1/address", f"{url}/declare"} <= seen
    saved = client.post(url, data=sheet_form(blind.panel), headers={"X-Autosave": "1"})
    _check(saved.text)
    stale = client.post(url, data=sheet_form(blind.panel))
    _check(stale.text)
    done = client.post(f"{url}/submit", data=sheet_form(blind.panel, version="1"))
    assert done.status_code == 303
    _check(done.text)
    _crawl(client, "/en/judge?view=all")
    db.session.rollback()
    for mail in db.session.scalars(select(MailMessage).where(MailMessage.to == blind.panel.judges[0].email)):
        _check(mail.subject + mail.body)


def test_the_judges_copy_is_rewritten_under_a_key_and_name_that_say_nothing(
    app: Flask, blind: Blind, run_jobs: Callable[[], list[str]], s3: Any, s3_settings: dict[str, str]
) -> None:
    client, url = client_of(app, blind.panel.judges[0]), f"/en/judge/{blind.task.code}"
    client.post(f"{url}/declare", data={"answer": "none"})
    assert "is being prepared" in client.get(f"{url}/files").text
    assert client.get(f"{url}/files/1").status_code == 404
    assert "judging.copy: done" in run_jobs()
    db.session.rollback()
    copies = {copy.state: copy for copy in db.session.scalars(select(JudgeCopy))}
    assert set(copies) == {"ready", "waiting"}  # the signed commitment has none
    body = s3.get_object(Bucket=s3_settings["s3_bucket"], Key=copies["ready"].key)["Body"].read()
    assert MARK.encode() not in body
    assert len(body) == copies["ready"].size
    assert len(PdfReader(io.BytesIO(body)).pages) == 1
    link = client.get(f"{url}/files/1/address").json["url"]
    assert copies["ready"].key in link
    assert re.fullmatch(r"judges/[\w-]{20,}", copies["ready"].key)
    with urllib.request.urlopen(link) as answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert answer.read() == body
    _check(str(headers))
    assert headers["content-disposition"] == (
        f"inline; filename=\"{blind.entry.code}-proposal-1.pdf\"; "
        f"filename*=UTF-8''{blind.entry.code}-proposal-1.pdf")
    assert headers["content-type"] == "application/pdf"
    assert not [name for name in headers if name.startswith("x-amz-meta-")]
    assert f"{blind.entry.code}-proposal-1.pdf" in link
    assert "waits for the organizer" in client.get(f"{url}/files").text
    assert client.get(f"{url}/files/2").status_code == 404
    assert client.get(f"{url}/files/3").status_code == 404


def test_an_organizer_shows_or_withholds_what_cannot_be_rewritten(
    app: Flask, blind: Blind, run_jobs: Callable[[], list[str]]
) -> None:
    with transaction.write():
        assert files.prepare(entry_ids=[blind.entry.id], now=NOW) == 2
    with transaction.write():
        assert files.prepare(entry_ids=[blind.entry.id], now=NOW) == 0
    run_jobs()
    judge, organizer = client_of(app, blind.panel.judges[0]), client_of(app, blind.panel.organizer)
    url, page = f"/en/judge/{blind.task.code}", f"/en/organizer/calls/{blind.panel.call.code}/judge-files"
    judge.post(f"{url}/declare", data={"answer": "none"})
    listed = organizer.get(page)
    assert f"{MARK}.zip" in listed.text
    assert "Judges get the archive as the team sent it, with the names and times of its files" in listed.text
    assert "If you show one, judges get it as the team sent it, hidden data included" in listed.text
    code = re.search(r"/judge-files/(\w+)", listed.text)
    assert code is not None
    target = f"{page}/{code.group(1)}"
    assert organizer.post(target, data={"decision": "withhold"}).status_code == 303
    assert "supplement" not in judge.get(f"{url}/files").text.casefold()
    assert organizer.post(target, data={"decision": "show"}).status_code == 303
    run_jobs()
    shown = judge.get(f"{url}/files/2")
    assert shown.status_code == 302
    with urllib.request.urlopen(shown.location) as answer:
        _check(str(answer.headers))
        named = answer.headers["Content-Disposition"]
    assert named.startswith(f'attachment; filename="{blind.entry.code}-supplement-1.zip"')
    assert organizer.post(f"{page}/NOSUCHFILE00", data={"decision": "show"}).status_code == 404


def _states() -> dict[str, tuple[str, str]]:
    """The judges' copies by content type: state and reason."""
    db.session.rollback()
    query = select(Attachment.content_type, JudgeCopy.state, JudgeCopy.reason).join(
        JudgeCopy, JudgeCopy.attachment_id == Attachment.id)
    return {kind: (state, reason) for kind, state, reason in db.session.execute(query)}


def test_a_file_that_we_read_wrongly_costs_no_other_its_copy(
    app: Flask, blind: Blind, run_jobs: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = make_attachment(blind.entry, name="odd.png", slot="supplement", content_type="image/png")
    storage.put(odd.key or "", HEAD + DATA + LAST, content_type="image/png")
    plan = make_attachment(blind.entry, name="roof.jpg", slot="supplement", content_type="image/jpeg")
    storage.put(plan.key or "", b"\xff\xd8" + FRAME + SCAN + END, content_type="image/jpeg")
    rewrite(update(Revision).where(Revision.id == blind.entry.revision_id).values(files=[record(odd), record(plan)]))

    def fails(*_files: object) -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setitem(redaction.WRITERS, "image/png", fails)
    with transaction.write():
        files.prepare(entry_ids=[blind.entry.id], now=NOW)
    assert run_jobs() == ["judging.copy: done"]
    assert _states() == {"image/png": ("waiting", "failed"), "image/jpeg": ("ready", "")}
    page = client_of(app, blind.panel.organizer).get(f"/en/organizer/calls/{blind.panel.call.code}/judge-files")
    assert "The copy could not be made, through no fault of the file that we know of." in page.text


def test_files_of_a_job_that_dies_wait_for_the_organizer(
    app: Flask, blind: Blind, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_key: str) -> Iterator[bytes]:
        raise OSError("the store is away")

    monkeypatch.setattr(storage, "chunks", away)
    with transaction.write():
        files.prepare(entry_ids=[blind.entry.id], now=NOW)
    job = db.session.scalars(select(OutboxJob.id).where(OutboxJob.kind == "judging.copy")).one()
    db.session.rollback()
    begun, states = clock.now(), []
    for turn in range(1, 6):
        with time_machine.travel(begun + timedelta(minutes=5 * turn), tick=False):
            states.append(outbox.run(job))
    assert states == ["due"] * 4 + ["dead"]
    assert set(_states().values()) == {("waiting", "failed")}
    assert app.test_client().get("/readyz").get_json()["dead_jobs"] == {"judging.copy": 1}


def test_recusal_closes_the_files_too(app: Flask, blind: Blind, run_jobs: Callable[[], list[str]]) -> None:
    client, url = client_of(app, blind.panel.judges[0]), f"/en/judge/{blind.task.code}"
    client.post(f"{url}/declare", data={"answer": "none"})
    run_jobs()
    assert client.get(f"{url}/files/1").status_code == 302
    client.post(f"{url}/declare", data={"answer": "tied", "relation": "family"})
    assert [client.get(url + path).status_code for path in ("/files", "/files/1", "/files/1/address")] == [404] * 3


def test_a_call_that_is_not_blind_names_the_team(app: Flask, blind: Blind) -> None:
    with transaction.write():
        db.session.merge(blind.panel.call).blind = False
    client, url = client_of(app, blind.panel.judges[0]), f"/en/judge/{blind.task.code}"
    client.post(f"{url}/declare", data={"answer": "none"})
    page = client.get(url).text
    assert f"{MARK} Ltd" in page
    assert f"{MARK} Partner" not in page


def test_office_files_and_pictures_lose_their_hidden_data_in_a_worker(
    app: Flask, blind: Blind, run_jobs: Callable[[], list[str]], s3: Any, s3_settings: dict[str, str]
) -> None:
    """Also when the job runs twice; a broken one waits for the organizer."""
    kinds = {
        "plan.docx": (f"{OFFICE}wordprocessingml.document", packed(SMALL | {"docProps/core.xml": f"<a>{MARK}</a>"})),
        "roof.png": ("image/png", HEAD + chunk(b"tEXt", MARK.encode()) + DATA + LAST),
        "roof.jpg": ("image/jpeg", b"\xff\xd8" + exif(6) + FRAME + SCAN + END),
        "clip.mp4": ("video/mp4", film()),
        "broken.docx": (f"{OFFICE}wordprocessingml.document", b"PK\3\4 not really"),
    }
    attachments = {}
    for name, (kind, body) in kinds.items():
        attachments[name] = make_attachment(blind.entry, name=name, slot="supplement", content_type=kind)
        storage.put(attachments[name].key or "", body, content_type=kind)
    listed = [record(file) for file in attachments.values()]
    rewrite(update(Revision).where(Revision.id == blind.entry.revision_id).values(files=listed))
    with transaction.write():
        assert files.prepare(entry_ids=[blind.entry.id], now=NOW) == 5
    job = db.session.scalars(select(OutboxJob).where(OutboxJob.kind == "judging.copy")).one()
    assert run_jobs() == ["judging.copy: done"]
    db.session.rollback()

    def stored() -> dict[str, tuple[str, str, bytes]]:
        db.session.rollback()
        copies = {copy.attachment_id: copy for copy in db.session.scalars(select(JudgeCopy))}
        contents = {}
        for name, file in attachments.items():
            copy = copies[file.id]
            ready = copy.state == "ready"
            body = s3.get_object(Bucket=s3_settings["s3_bucket"], Key=copy.key)["Body"].read() if ready else b""
            assert len(body) == copy.size
            contents[name] = (copy.state, copy.reason, body)
        return contents

    first = stored()
    assert {name: (state, reason) for name, (state, reason, _body) in first.items()} == {
        "plan.docx": ("ready", ""), "roof.png": ("ready", ""), "roof.jpg": ("ready", ""),
        "clip.mp4": ("ready", ""),
        "broken.docx": ("waiting", "unreadable"),
    }
    assert first["roof.png"][2] == HEAD + DATA + LAST
    assert b"GPS" not in first["roof.jpg"][2]
    assert first["clip.mp4"][2] == film(bare=True).replace(b"wide", b"free")
    with zipfile.ZipFile(io.BytesIO(first["plan.docx"][2])) as archive:
        assert archive.namelist() == ["[Content_Types].xml", "word/document.xml"]
    with transaction.write():
        for copy in db.session.scalars(select(JudgeCopy)):
            copy.state = "pending"
        db.session.get_one(OutboxJob, job.id).state = "due"
    assert run_jobs() == ["judging.copy: done"]
    assert stored() == first
