"""Two calls that differ only in what judges must not learn: every answer to their judge has the same bytes.

They differ in names and addresses of teams and people, in partners, countries, numbers, names of files, in the size of
the teams and in the order in which they registered. Masked are codes, ids, one-time keys, digests, keys of objects,
nonces and times: random in both worlds, or the clock's. The pages of a panel's discussion and of a checked workbook
are not played here.
"""

from __future__ import annotations

import difflib
import io
import re
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfWriter
from sqlalchemy import update
from werkzeug.test import TestResponse

from competition.entries.models import Attachment, Revision
from competition.extensions import db
from competition.kernel.files import storage
from tests.factories.accounts import client_of, make_user
from tests.factories.entries import full_answers, make_attachment, make_entry, make_team, receive, record
from tests.factories.judging import Panel, make_assignment, make_panel, sheet_form
from tests.factories.rewriting import rewrite

ENTRIES = 4
MOST_GAP = 0.25  # seconds between medians on a busy machine; a quiet one shows far less
RANDOM = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "(id)"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "(digest)"),
    (re.compile(r"judges/[\w-]{20,}"), "(object)"),
    (re.compile(r"X-Amz-(?:Date|Signature|Credential)=[^&\"]+"), "(signature)"),
    (re.compile(r"<time[^>]*>.*?</time>", re.S), "(time)"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?"), "(time)"),
    (re.compile(r'((?:nonce|data-nonce)[=-]"?)[\w/+=-]+'), r"\1(nonce)"),
    (re.compile(r'"I[\w-]{40,}\.[\w-]{5,8}\.[\w-]{27}"'), '"(csrf)"'),
    (re.compile(r'(name="key" value=")[^"]+'), r"\1(key)"),
]


@dataclass
class World:
    """A call with its judge's browser; ``names``: what is random in it, and what stands for that."""

    panel: Panel
    client: FlaskClient
    tasks: list[str]
    names: dict[str, str]


def _pdf(author: str) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": author})
    writer.write(out)
    return out.getvalue()


def _entry(panel: Panel, letter: str, number: int) -> Any:
    """An entry whose hidden parts depend on the letter of the world, and whose content does not."""
    word = {"A": f"alpha{number}", "B": f"a-much-longer-beta{number}"}[letter]
    lead = make_user(f"{word}@{word}.example", name=f"{word} Lead")
    members = [make_user(f"m{at}@{word}.example", name=word) for at in range({"A": 0, "B": number}[letter])]
    team = make_team(
        lead, *members, name=f"{word} Ltd", native_name=f"{word}格栅", registration_number=word, signatory=word,
        contact=f"contact@{word}.example", country={"A": "CN", "B": "KR"}[letter],
    )
    answers = full_answers(
        summary=f"Answer {number}: neighbours hear within the hour.",
        partners=[{"name": word, "country": "CN", "role": word, "share": at} for at in range(len(members) + 1)],
    )
    entry = receive(make_entry(panel.call, team, answers=answers, code=f"{letter}NTRY{number:03}"))
    files: list[Attachment] = []
    for slot, name in (("proposal", f"{word}.pdf"), ("commitment", f"{word}-signed.pdf")):
        files.append(make_attachment(entry, name=name, slot=slot, size={"A": 900, "B": 1900}[letter]))
        storage.put(files[-1].key or "", _pdf("x" * 40), content_type="application/pdf")
    rewrite(update(Revision).where(Revision.id == entry.revision_id).values(files=[record(file) for file in files]))
    return entry


def _world(app: Flask, letter: str) -> World:
    panel = make_panel(judges=2, entries=0, call={"title": {"en": "Care", "zh": "关爱", "ko": "돌봄"}})
    numbers = list(range(1, ENTRIES + 1))
    entries = {n: _entry(panel, letter, n) for n in (numbers if letter == "A" else reversed(numbers))}
    tasks = [f"{letter}TASK{n:011}" for n in numbers]
    for n in numbers:
        make_assignment(panel, panel.seats[0], entries[n], state="assigned", declared_at=None, code=tasks[n - 1],
                        queue_position=n)
    judge = panel.judges[0]
    names = {panel.call.code: "(call)", panel.programme.code: "(programme)", judge.email: "(judge)",
             judge.name: "(judge)", panel.programme.name["en"]: "(programme)"}
    names |= {entries[n].code: f"(entry {n})" for n in numbers} | {tasks[n - 1]: f"(task {n})" for n in numbers}
    return World(panel, client_of(app, judge), tasks, names)


def _masked(world: World, text: str) -> str:
    for word, name in sorted(world.names.items(), key=lambda item: -len(item[0])):
        text = text.replace(word, name)
    for pattern, name in RANDOM:
        text = pattern.sub(name, text)
    return text


def _body(answer: TestResponse) -> str:
    """The bytes as text; of a workbook what is packed in it."""
    if not answer.data.startswith(b"PK"):
        return answer.data.decode("latin-1") if answer.data.startswith(b"%PDF") else answer.text
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        return "\n".join(f"{name}\n{packed.read(name).decode()}" for name in packed.namelist())


def _script(world: World) -> Iterator[tuple[str, TestResponse]]:
    """What the judge does, with every answer."""
    client, (first, second, third, _fourth) = world.client, world.tasks

    def get(path: str) -> tuple[str, TestResponse]:
        return path, client.get(path)

    def post(path: str, **typed: str) -> tuple[str, TestResponse]:
        return path, client.post(path, data=typed)

    for lang in ("en", "zh", "ko"):
        yield get(f"/{lang}/judge")
        yield get(f"/{lang}/judge/{first}/declare")
    yield get(f"/en/judge/{first}")
    yield post(f"/en/judge/{first}/declare", answer="none")
    yield post(f"/en/judge/{second}/declare", answer="none")
    yield post(f"/en/judge/{third}/declare", answer="tied", relation="family")
    for lang in ("en", "zh", "ko"):
        for end in ("", "/files", "/files/1", "/files/2", "/files/1/address", "/options", "/abstain", "/submit",
                    "/declare", "/receipts/1", "/receipts/1/document"):
            yield get(f"/{lang}/judge/{first}{end}")
    yield get(f"/en/judge/{third}")
    form = sheet_form(world.panel)
    yield post(f"/en/judge/{first}/note", note="Mine.", text="Mine.")
    yield post(f"/en/judge/{first}/options", kind="identity", text="It shows it.")
    yield post(f"/en/judge/{first}", **form)
    yield post(f"/en/judge/{first}", **form)  # stale
    yield post(f"/en/judge/{first}/submit", **{**form, "version": "1"})
    yield post(f"/en/judge/{second}/abstain", reason="I am not able to.")
    for lang in ("en", "zh", "ko"):
        for end in ("", "?view=all", "/scores", "/table", "/table/check", "/table/workbook", "/submit-ready",
                    "/defences", "/defences.ics", f"/{first}", f"/{first}/receipts/1",
                    f"/{first}/receipts/1/document", f"/{second}", f"/panels/{world.panel.call.code}/discussion"):
            yield get(f"/{lang}/judge{end}")


def _lines(answer: tuple[str, int, str, str]) -> list[str]:
    path, status, headers, text = answer
    return [path, str(status), headers, *text.splitlines()]


def _median(client: FlaskClient, other: FlaskClient, path: str, other_path: str) -> float:
    """Seconds between the medians of two pages, read by turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _turn in range(15):
        for at, (browser, page) in enumerate(((client, path), (other, other_path))):
            begun = time.perf_counter()
            browser.get(page)
            times[at].append(time.perf_counter() - begun)
    return abs(statistics.median(times[0]) - statistics.median(times[1]))


def test_a_judge_learns_nothing_of_who_the_teams_are(
    app: Flask, s3: Any, run_jobs: Callable[[], list[str]], record_property: pytest.RecordProperty
) -> None:
    worlds = _world(app, "A"), _world(app, "B")
    answers: tuple[list[tuple[str, int, str, str]], ...] = ([], [])
    for world, lines in zip(worlds, answers, strict=True):
        for path, answer in _script(world):
            headers = f"{answer.location or ''} {answer.headers.get('Content-Disposition', '')} {answer.content_type}"
            lines.append((_masked(world, path), answer.status_code, _masked(world, headers),
                          _masked(world, _body(answer))))
            if path.endswith("/declare") and answer.request.method == "POST":
                run_jobs()
                db.session.rollback()
    differing = [
        (mine[0], line)
        for mine, other in zip(*answers, strict=True) for line in difflib.ndiff(_lines(mine), _lines(other))
        if line.startswith(("+", "-"))
    ] if answers[0] != answers[1] else []
    assert differing == []
    assert sum(status == 200 for _path, status, _headers, _text in answers[0]) > 40
    for path in ("/en/judge", "/en/judge?view=all", "/en/judge/(task 1)", "/en/judge/(task 1)/files"):
        pages = [path.replace("(task 1)", world.tasks[0]) for world in worlds]
        gap = _median(worlds[0].client, worlds[1].client, *pages)
        record_property(f"gap {path}", f"{gap * 1000:.2f} ms")
        assert gap < MOST_GAP
