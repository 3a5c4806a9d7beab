"""Receipts of submitted score sheets: what a judge keeps of a submission, and whether the platform still has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from competition.calls.models import Call, Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat, SheetVersion
from competition.judging.sealed_content import digest_of
from competition.kernel.data.canonical import plain
from competition.kernel.data.models import AuditEvent

FORMAT = "sheet-receipt/1"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One submission of a score sheet; ``line`` and ``line_hash`` are those of its event in the log of the call."""

    call_code: str
    entry_code: str
    seat_number: int
    assignment_code: str
    number: int
    submitted_at: datetime
    digest: str
    line: int
    line_hash: str
    reopened_at: datetime | None

    def document(self) -> dict[str, Any]:
        """The receipt as it is downloaded; :func:`faults` compares it with database and log."""
        document: dict[str, Any] = plain({
            "format": FORMAT, "call": self.call_code, "entry": self.entry_code, "judge": self.seat_number,
            "assignment": self.assignment_code, "version": self.number, "submitted_at": self.submitted_at,
            "digest": self.digest, "log": {"line": self.line, "hash": self.line_hash},
        })
        return document


def receipts_of(assignment_id: UUID) -> list[Receipt]:
    """The receipts of an assignment's submissions, the newest first; one without its line in the log has none."""
    rows = _versions(Assignment.id == assignment_id)
    if not rows:
        return []
    events = _events(rows[0].call_id, rows[0].assignment_code)
    return [
        Receipt(
            row.call_code, row.entry_code, row.seat_number, row.assignment_code, row.number, row.submitted_at,
            row.digest, events[row.digest].seq, events[row.digest].hash, row.reopened_at,
        )
        for row in reversed(rows) if row.digest in events
    ]


def _versions(where: Any) -> Sequence[Row[Any]]:
    return db.session.execute(
        select(
            Call.id.label("call_id"), Call.code.label("call_code"), Entry.code.label("entry_code"),
            Seat.number.label("seat_number"), Assignment.code.label("assignment_code"), SheetVersion.number,
            SheetVersion.submitted_at, SheetVersion.digest, SheetVersion.content, SheetVersion.reopened_at,
        )
        .join(ScoreSheet, ScoreSheet.id == SheetVersion.sheet_id)
        .join(Assignment, Assignment.id == ScoreSheet.assignment_id).join(Seat, Seat.id == Assignment.seat_id)
        .join(Entry, Entry.id == Assignment.entry_id).join(Stage, Stage.id == Assignment.stage_id)
        .join(Call, Call.id == Stage.call_id).where(where).order_by(SheetVersion.number)
    ).all()


def _events(call_id: UUID, assignment_code: str) -> dict[str, AuditEvent]:
    """``{digest: event}`` of the submissions of an assignment."""
    events = db.session.scalars(select(AuditEvent).where(
        AuditEvent.chain == str(call_id), AuditEvent.action == "sheet.submitted", AuditEvent.subject == assignment_code
    ).order_by(AuditEvent.seq))
    return {event.data["digest"]: event for event in events}


def faults(document: Mapping[str, Any]) -> list[str]:
    """How a downloaded receipt differs from the database and the log, in English; nothing when it holds."""
    if document.get("format") != FORMAT:
        return [f"this is no receipt of the format {FORMAT}"]
    rows = {row.number: row for row in _versions(Assignment.code == str(document.get("assignment", "")))}
    row = rows.get(document.get("version"))
    if row is None:
        return ["the database has no such submission"]
    stored = {
        "call": row.call_code, "entry": row.entry_code, "judge": row.seat_number, "submitted_at":
        plain(row.submitted_at), "digest": row.digest,
    }
    differing = [
        f"the database says {value!r} for {name!r}, the receipt {document.get(name)!r}"
        for name, value in stored.items() if document.get(name) != value
    ]
    if digest_of(row.content, row.submitted_at) != row.digest:
        differing.append("the scores or comments that the database has are not those that were submitted")
    event = _events(row.call_id, row.assignment_code).get(str(document.get("digest")))
    if event is None:
        return [*differing, "the log does not tell of this digest"]
    if document.get("log") != {"line": event.seq, "hash": event.hash}:
        differing.append(f"the log tells of it in line {event.seq} with the hash {event.hash}, the receipt differs")
    return differing
