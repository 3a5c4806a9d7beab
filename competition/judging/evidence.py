"""Whether score sheets, conflicts of interest and assignments of a call are those that its log tells of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select

from competition.calls.models import Stage
from competition.calls.queries import stages
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat, SheetVersion
from competition.judging.queries.seals import broken_seals
from competition.judging.scores import unpack
from competition.judging.sealed_content import digest_of
from competition.kernel.data import evidence
from competition.kernel.data.canonical import plain

HOW = {
    "unsealed": "it was never sealed", "version": "the sealed version was changed",
    "row": "the scores differ from the sealed version", "place": "it was sealed for another judge or entry",
    "log": "the log has another digest", "void": "the table and the log differ on whether it is void",
}


@evidence.check
def sheets(call_id: UUID) -> Iterator[str]:
    """Submitted sheets against their seals and the log, comments included; every version against its event."""
    for stage in stages(call_id):
        for one in broken_seals(stage.id):
            yield f"judge {one.seat_number} on entry {one.entry_code}: {HOW[one.how]}"
    logged: dict[str, list[Any]] = defaultdict(list)
    for event in evidence.events_of(call_id, "sheet.submitted"):
        logged[event.subject].append(event.data["digest"])
    by_event = ("sheet.reopened", "sheet.adopted", "sheet.revised")
    reopened = [event.subject for event in evidence.events_of(call_id, *by_event)]
    for row in _versions(call_id):
        name = f"judge {row.seat} on entry {row.entry}, version {row.number}"
        if digest_of(row.content, row.submitted_at) != row.digest:
            yield f"{name}: the sealed version was changed"
        elif row.digest not in logged[row.code]:
            yield f"{name}: the log does not tell of it"
        else:
            logged[row.code].remove(row.digest)
        if row.reopened_at is not None and row.code not in reopened:
            yield f"{name}: it was reopened and the log does not tell of it"
        if row.reopened_at is None and row.state == "submitted" and _texts(row) != _sealed_texts(row.content):
            yield f"{name}: the comments differ from the sealed version"
    for code in sorted(code for code, digests in logged.items() if digests):
        yield f"assignment {code}: the log tells of a submission that is not there"


def _versions(call_id: UUID) -> Iterator[Any]:
    query = (
        select(
            Assignment.code, Seat.number.label("seat"), Entry.code.label("entry"), SheetVersion.number,
            SheetVersion.content, SheetVersion.digest, SheetVersion.submitted_at, SheetVersion.reopened_at,
            ScoreSheet.state, ScoreSheet.scores, ScoreSheet.comments, ScoreSheet.overall, ScoreSheet.total,
        )
        .join(ScoreSheet, ScoreSheet.id == SheetVersion.sheet_id)
        .join(Assignment, Assignment.id == ScoreSheet.assignment_id).join(Seat, Seat.id == Assignment.seat_id)
        .join(Entry, Entry.id == Assignment.entry_id).join(Stage, Stage.id == Assignment.stage_id)
        .where(Stage.call_id == call_id).order_by(Entry.code, Seat.number, SheetVersion.number)
    )
    yield from db.session.connection().execute(query.execution_options(yield_per=5000))


def _texts(row: Any) -> Any:
    return plain([unpack(row.scores), row.comments, row.overall, row.total])


def _sealed_texts(content: dict[str, Any]) -> Any:
    return plain([content.get(name) for name in ("scores", "comments", "overall", "total")])


@evidence.check
def conflicts(call_id: UUID) -> Iterator[str]:
    """Conflicts as the log tells them one after the other, against those that are written down."""
    expected: set[tuple[int, str]] = set()
    for event in evidence.events_of(
        call_id, "conflict.declared", "conflict.challenged", "conflict.found", "conflict.undone"
    ):
        if event.action == "conflict.found":
            expected |= {(number, entry) for number, entry, *_rest in event.data["pairs"]}
        elif event.action == "conflict.undone":
            expected.discard((event.data["seat"], event.data["entry"]))
        else:
            expected.add((event.data["seat"], event.data.get("entry") or event.subject))
    stored = {(row.number, row.code) for row in db.session.execute(
        select(Seat.number, Entry.code).join(Conflict, Conflict.seat_id == Seat.id)
        .join(Entry, Entry.id == Conflict.entry_id).where(Seat.call_id == call_id)
    )}
    for number, entry in sorted(stored - expected):
        yield f"judge {number} and entry {entry}: a conflict of interest of which the log does not tell"
    for number, entry in sorted(expected - stored):
        yield f"judge {number} and entry {entry}: the log tells of a conflict of interest that is not there"


@evidence.check
def assignments(call_id: UUID) -> Iterator[str]:
    """Who has which entry, as the log tells it, against the table. Logs from before pairs were kept are passed over."""
    expected: set[tuple[int, int, str]] = set()
    freed: set[int] = set()
    for event in evidence.events_of(
        call_id, "assignment.set", "assignment.applied", "assignment.pairs", "assignment.taken_back", "seat.removed"
    ):
        data = event.data
        if event.action == "seat.removed":
            expected -= {(stage, data["seat"], entry) for stage, entry in data.get("pairs", ())}
            if "pairs" not in data:
                freed.add(data["seat"])
        elif event.action == "assignment.taken_back":
            expected = {one for one in expected if one[1:] != (data["seat"], data["entry"])}
        elif "stage" not in data:
            return
        else:
            expected |= {(data["stage"], seat, entry) for seat, entry in data.get("added_pairs", ())}
            expected -= {(data["stage"], seat, entry) for seat, entry in data.get("dropped_pairs", ())}
    stored = {(row.position, row.number, row.code) for row in db.session.execute(
        select(Stage.position, Seat.number, Entry.code).select_from(Assignment)
        .join(Stage, Stage.id == Assignment.stage_id).join(Seat, Seat.id == Assignment.seat_id)
        .join(Entry, Entry.id == Assignment.entry_id)
        .where(Stage.call_id == call_id, Assignment.state != "removed")
    )}
    for _position, number, entry in sorted(stored - expected):
        yield f"judge {number} and entry {entry}: an assignment of which the log does not tell"
    for _position, number, entry in sorted(expected - stored):
        if number not in freed:
            yield f"judge {number} and entry {entry}: the log tells of an assignment that is not there"
