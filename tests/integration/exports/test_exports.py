"""Exports made by the worker, fetched by their link, compared cell by cell."""

from __future__ import annotations

import csv
import io
import re
import resource
import urllib.request
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import select, update

from competition.calls.models import Call
from competition.entries.models import Entry, Team
from competition.exports import jobs, service
from competition.exports.models import Export
from competition.exports.tables import TABLES
from competition.exports.writers import original
from competition.extensions import db
from competition.judging.models import Conflict, ScoreSheet, Seat, SheetVersion
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.files import storage
from competition.pilots.models import Milestone, Pilot
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import NOW, make_programme
from tests.factories.results import make_judged, make_many
from tests.factories.rewriting import rewrite

SHEETS = {"AAA1": {1: (9, 9.5), 2: (8, 9), 3: (9, 8)}, "BBB2": {1: (8, 7), 2: (8, 8)}}
RECEIVED = NOW.replace(tzinfo=None, microsecond=0)


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def call(organizer):
    call = make_judged(make_programme(organizer), SHEETS, pass_mark=70, quotes={"AAA1": 12_345_678})
    with transaction.write():
        first = db.session.scalar(select(ScoreSheet.id).order_by(ScoreSheet.id))
    risky = ["=HYPERLINK(\"http://evil.example\")", "@SUM(A1)"]
    rewrite(update(ScoreSheet).where(ScoreSheet.id == first).values(comments=risky))
    return call


def export(app, organizer, call, table, fmt, run_jobs) -> bytes:
    client = client_of(app, organizer)
    url = f"/en/organizer/programmes/{call.programme.code}/exports"
    posted = client.post(url, data={"table": table, "format": fmt, "call": call.code})
    assert posted.status_code == 303
    assert "exports.build: done" in run_jobs()
    code = re.search(r"/en/organizer/exports/(\w+)/download", client.get(url).text).group(1)
    answer = client.get(f"/en/organizer/exports/{code}/download")
    assert answer.status_code == 303
    with urllib.request.urlopen(answer.location) as response:
        assert "attachment" in response.headers["Content-Disposition"]
        return response.read()


def cells(data: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def lines(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_scores_cell_by_cell(app, organizer, call, run_jobs):
    stored = db.session.execute(
        select(ScoreSheet.comments, ScoreSheet.overall, ScoreSheet.submitted_at, Seat.number)
        .join(ScoreSheet.assignment)
        .join(Seat).order_by(ScoreSheet.id)
    ).all()
    comments = dict(enumerate(stored))
    expected, at = [], 0
    for entry, sheets in SHEETS.items():
        for number, points in sheets.items():
            for place, (key, score) in enumerate(zip(("fit", "safety"), points, strict=True)):
                expected.append([call.code, entry, f"Judge {number}", key, 50, 0, 10, score,
                                 comments[at].comments[place], comments[at].submitted_at, 1,
                                 comments[at].overall])
            at += 1
    db.session.rollback()
    rows = cells(export(app, organizer, call, "scores", "xlsx", run_jobs))
    assert rows[0] == ["call", "entry", "judge", "criterion", "weight", "min", "max", "score", "comment",
                       "submitted_at", "rubric_version", "overall"]
    assert rows[1:] == [[*row[:9], row[9].replace(tzinfo=None, microsecond=0), *row[10:]] for row in expected]
    text = lines(export(app, organizer, call, "scores", "csv", run_jobs))
    assert [[*row[:7], float(row[7]), original(row[8]), row[9], row[10]] for row in text[1:]] == [
        [*map(str, row[:7]), row[7], row[8], row[9].strftime("%Y-%m-%dT%H:%M:%SZ"), str(row[10])] for row in expected]
    assert text[1][8] == "'=HYPERLINK(\"http://evil.example\")"


def test_results_cell_by_cell(app, organizer, call, run_jobs):
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(organizer), now=clock.now())
    run_jobs()
    rows = cells(export(app, organizer, call, "results", "xlsx", run_jobs))
    assert rows[0] == ["call", "rank", "entry", "team", "official_score", "calibrated_score", "standard_error",
                       "judges", "quorum_met", "gate_failed", "decision", "decision_reason"]
    assert [[*row[:5], *row[7:]] for row in rows[1:]] == [
        [call.code, 1, "AAA1", "Team AAA1", 87.5, 3, True, False, None, None],
        [call.code, None, "BBB2", "Team BBB2", 77.5, 2, False, False, None, None],
    ]
    assert all(isinstance(row[5], float) and isinstance(row[6], float) for row in rows[1:])


def test_entries_cell_by_cell(app, organizer, call, run_jobs):
    with transaction.write():
        team = db.session.scalars(select(Team).where(Team.name == "Team BBB2")).one()
        team.country, team.org_type, team.registration_number, team.native_name = "KR", "university", "0451-7", "-7"
    assert cells(export(app, organizer, call, "entries", "xlsx", run_jobs)) == [
        ["call", "entry", "team", "native_name", "country", "org_type", "registration_number", "state", "revision",
         "received_at", "quote", "currency", "trl", "summary", "digest"],
        [call.code, "AAA1", "Team AAA1", "队AAA1", "CN", "company", "", "submitted", 1, RECEIVED, 123456.78, "CNY", 6,
         "Neighbours hear within the hour.", "ab" * 32],
        [call.code, "BBB2", "Team BBB2", "-7", "KR", "university", "0451-7", "submitted", 1, RECEIVED, 100000, "CNY", 6,
         "Neighbours hear within the hour.", "ab" * 32],
    ]


def test_pilots_cell_by_cell(app, organizer, call, run_jobs):
    starts, ends = NOW.replace(microsecond=0) + timedelta(days=40), NOW.replace(microsecond=0) + timedelta(days=190)
    with transaction.write():
        for code, entry in zip(("P-2", "P-1"), db.session.scalars(select(Entry).order_by(Entry.code)), strict=True):
            db.session.add(Pilot(
                id=new_id(), code=code, call_id=call.id, entry_id=entry.id, team_id=entry.team_id, created_at=NOW,
                state="running" if code == "P-2" else "proposed", award_minor=8_000_050 if code == "P-2" else 7_000_000,
                starts_at=starts if code == "P-2" else None, ends_at=ends if code == "P-2" else None,
            ))
        db.session.flush()
        pilot = db.session.scalars(select(Pilot.id).where(Pilot.code == "P-2")).one()
        for position, (state, share) in enumerate((("accepted", 30), ("accepted", 25), ("reported", 45)), 1):
            db.session.add(Milestone(id=new_id(), pilot_id=pilot, position=position, title=f"Step {position}",
                                     state=state, share_percent=share))
    assert cells(export(app, organizer, call, "pilots", "xlsx", run_jobs)) == [
        ["call", "pilot", "entry", "team", "state", "award", "currency", "starts_at", "ends_at", "milestones",
         "milestones_accepted", "released_percent"],
        [call.code, "P-2", "AAA1", "Team AAA1", "running", 80000.5, "CNY", starts.replace(tzinfo=None),
         ends.replace(tzinfo=None), 3, 2, 55],
        [call.code, "P-1", "BBB2", "Team BBB2", "proposed", 70000, "CNY", None, None, 0, 0, 0],
    ]


def test_a_recused_judge_is_not_exported(app, organizer, call, run_jobs):
    with transaction.write():
        seat = db.session.scalars(select(Seat).where(Seat.call_id == call.id, Seat.number == 1)).one()
        sheet = db.session.scalars(select(ScoreSheet).order_by(ScoreSheet.id)).first()
        db.session.add(Conflict(id=new_id(), seat_id=seat.id, entry_id=sheet.assignment.entry_id, kind="self",
                                relation="", note="", declared_at=clock.now()))
    rows = cells(export(app, organizer, call, "scores", "xlsx", run_jobs))
    assert len(rows) - 1 == 2 * (5 - 1)
    assert ("AAA1", "Judge 1") not in {(row[1], row[2]) for row in rows}


def test_every_version_is_exported_with_what_became_of_it(app, organizer, call, run_jobs):
    """A reopened version, a voided sheet, one of a judge with a tie, and one that counts."""
    versions = db.session.scalars(
        select(SheetVersion).join(ScoreSheet, ScoreSheet.id == SheetVersion.sheet_id).order_by(ScoreSheet.id)
    ).all()
    ids = [version.id for version in versions]
    sheets = [version.sheet_id for version in versions]
    tied = db.session.get_one(ScoreSheet, sheets[2]).assignment
    conflict = Conflict(id=new_id(), seat_id=tied.seat_id, entry_id=tied.entry_id, kind="self", relation="", note="",
                        declared_at=clock.now())
    expected = []
    fates = [("reopened", RECEIVED, "Asked to."), ("voided", RECEIVED, "Wrong entry."), ("set_aside", None, ""),
             ("counts", None, ""), ("counts", None, "")]
    scored = [(entry, number, points) for entry, sheet in SHEETS.items() for number, points in sheet.items()]
    for (entry, number, points), version, fate in zip(scored, versions, fates, strict=True):
        for place, (key, score) in enumerate(zip(("fit", "safety"), points, strict=True)):
            expected.append([
                call.code, 1, entry, f"Judge {number}", 1, fate[0], key, score,
                version.content["comments"][place], version.content["overall"],
                version.submitted_at.replace(tzinfo=None, microsecond=0), fate[1], fate[2], 1, version.digest,
            ])
    db.session.rollback()
    with transaction.write():
        db.session.add(conflict)
    now = NOW.replace(microsecond=0)
    rewrite(update(SheetVersion).where(SheetVersion.id == ids[0]).values(reopened_at=now, reopened_reason="Asked to."))
    rewrite(update(ScoreSheet).where(ScoreSheet.id == sheets[1]).values(voided_at=now, void_reason="Wrong entry."))
    rows = cells(export(app, organizer, call, "versions", "xlsx", run_jobs))
    assert rows[0] == [column.name for column in TABLES["versions"].columns]
    assert rows[1:] == expected


def test_strangers_and_expiry(app, organizer, call, run_jobs):
    export(app, organizer, call, "results", "csv", run_jobs)
    stored = db.session.scalars(select(Export)).one()
    code, export_id = stored.code, stored.id
    stranger = client_of(app, make_user())
    foreign, missing = (stranger.get(f"/en/organizer/exports/{c}/download") for c in (code, "NOTHING0"))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    with transaction.write():
        db.session.get_one(Export, export_id).expires_at = clock.now() - timedelta(seconds=1)
    gone = client_of(app, organizer).get(f"/en/organizer/exports/{code}/download")
    assert gone.location.endswith("/en/organizer/exports")


def test_expired_files_are_deleted(app, organizer, call, run_jobs):
    with transaction.write():
        past = clock.now() - timedelta(days=8)
        service.request_export(programme=db.session.merge(call.programme), table="entries", fmt="csv",
                               call_code=call.code, actor=actor_of(organizer), now=past)
    done = run_jobs()
    assert sorted(done) == ["exports.build: done", "exports.expire: done"]
    stored = db.session.scalars(select(Export)).one()
    assert stored.state == "expired"
    assert storage.head(stored.key) is None


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_memory_does_not_grow_with_the_rows(app, organizer):
    call = make_many(make_programme(organizer), 3000, 60, 3)
    with transaction.write():
        export_ids = [service.request_export(programme=db.session.merge(call.programme), table=table, fmt=fmt,
                                        call_code=call.code, actor=actor_of(organizer), now=clock.now()).id
                 for table, fmt in (("entries", "csv"), ("scores", "csv"), ("scores", "csv"), ("scores", "xlsx"))]
    peaks, counts = [], []
    for export_id in export_ids:
        with io.BytesIO() as stream:
            counts.append(jobs.write(db.session.get_one(Export, export_id), Sink(stream)).rows)
        db.session.rollback()
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert counts == [3000, 54000, 54000, 54000]
    assert peaks[2] - peaks[1] < 10_000  # kilobytes, the second time over the same rows


class Sink(io.RawIOBase):
    """Takes bytes and keeps none."""

    def __init__(self, _stream: io.BytesIO) -> None:
        self.size = 0

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.size += len(data)
        return len(data)

    def read(self, _count: int = -1) -> bytes:
        return b""

    def seek(self, _at: int, _whence: int = 0) -> int:
        return self.size

    def tell(self) -> int:
        return self.size
