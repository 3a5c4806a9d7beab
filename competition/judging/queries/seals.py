"""Whether the scores of a stage are what was sealed: every submitted sheet, its version and the log agree.

An aggregation asks it before it computes, so it reads half a million sheets in one pass. Comments, which no rank uses,
are compared with their seals by the verification of the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from pydantic_core import from_json
from sqlalchemy import select, type_coerce
from sqlalchemy.types import NullType

from competition.calls.models import Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat, SheetVersion
from competition.judging.scores import pack
from competition.judging.sealed_content import digest_of, quick_digest
from competition.kernel.data.canonical import plain
from competition.kernel.data.models import AuditEvent

ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Broken:
    """A submitted sheet that is not what was sealed, and how it differs: a key of :func:`words`."""

    entry_code: str
    seat_number: int
    how: str


def words(how: str) -> str:
    """How a sheet differs from its seal, in the reader's language."""
    return {
        "unsealed": _("it was never sealed"),
        "version": _("the sealed version was changed"),
        "row": _("the scores differ from the sealed version"),
        "place": _("it was sealed for another judge or entry"),
        "log": _("the log has another digest for it"),
        "void": _("it is void in one of the table and the log, and not in the other"),
    }[how]


def broken_seals(stage_id: UUID) -> list[Broken]:
    """Every submitted sheet of a stage that differs from its latest seal, by entry and judge."""
    call_id = db.session.scalars(select(Stage.call_id).where(Stage.id == stage_id)).one()
    logged, voided = logged_digests(call_id), voided_codes(call_id)
    broken = [
        Broken(row.entry_code, row.number, how) for row in _submitted(stage_id)
        if (how := _difference(row, logged.get(row.code)) or _void_difference(row, voided))
    ]
    return sorted(broken, key=lambda one: (one.entry_code, one.seat_number))


def logged_digests(call_id: UUID) -> dict[str, str]:
    """``{code of an assignment: digest}`` of the last submission that the log of a call tells of."""
    events = select(AuditEvent.subject, AuditEvent.data["digest"].as_string()).where(
        AuditEvent.chain == str(call_id), AuditEvent.action == "sheet.submitted"
    ).order_by(AuditEvent.seq)
    digests: dict[str, str] = {}
    for rows in db.session.connection().execute(events).partitions(ROWS_AT_ONCE):
        digests.update(rows)
    return digests


def voided_codes(call_id: UUID) -> set[str]:
    """Codes of the assignments whose sheets were voided, as the log of a call tells."""
    return set(db.session.scalars(select(AuditEvent.subject).where(
        AuditEvent.chain == str(call_id), AuditEvent.action == "sheet.voided"
    )))


def _void_difference(row: Any, voided: set[str]) -> str:
    return "" if bool(row.voided) == (row.code in voided) else "void"


def _submitted(stage_id: UUID) -> Iterator[Any]:
    """Submitted sheets with their latest version; without one, ``content`` is null.

    Columns come as the driver gives them: converting ids and instants that are only compared took half of the time.
    """
    sheet, version = ScoreSheet, SheetVersion
    query = (
        select(
            Assignment.code, _raw(Assignment.id).label("assignment"), Entry.code.label("entry_code"), Seat.number,
            _raw(sheet.rubric_version_id).label("rubric"), _raw(sheet.revision_id).label("revision"), sheet.scores,
            _raw(sheet.submitted_at).label("submitted_at"), (sheet.voided_at.is_not(None)).label("voided"),
            _raw(version.content).label("content"), version.digest, _raw(version.submitted_at).label("sealed_at"),
        )
        .select_from(sheet).join(Assignment, Assignment.id == sheet.assignment_id)
        .join(Entry, Entry.id == Assignment.entry_id).join(Seat, Seat.id == Assignment.seat_id)
        .outerjoin(version, (version.sheet_id == sheet.id) & version.reopened_at.is_(None))
        .where(Assignment.stage_id == stage_id, sheet.state == "submitted")
    )
    # On the statement: on the connection it would stay for all that the session runs later.
    yield from db.session.connection().execute(query.execution_options(yield_per=ROWS_AT_ONCE))


def _raw(column: Any) -> Any:
    """A column without SQLAlchemy's conversion. Both databases compare its values with each other all the same."""
    return type_coerce(column, NullType)


def _difference(row: Any, logged: str | None) -> str:
    if row.content is None:
        return "unsealed"
    content = from_json(row.content) if isinstance(row.content, str) else row.content
    stamp = _stamp(row.sealed_at)
    if not (quick_digest(content, stamp) == row.digest or digest_of(content, _instant(stamp)) == row.digest):
        return "version"
    if row.digest != logged:
        return "log"
    if content["entry"] != row.entry_code or content["seat"] != row.number or not _same(
        content["assignment"], row.assignment
    ):
        return "place"
    same = (
        row.submitted_at == row.sealed_at and row.scores == pack(content["scores"])
        and _same(content["rubric_version"], row.rubric) and _same(content["revision"], row.revision)
    )
    return "" if same else "row"


def _stamp(instant: datetime | str) -> str:
    """An instant in canonical form: SQLite keeps it as text without a zone."""
    if isinstance(instant, str):
        return f"{instant[:10]}T{instant[11:]}Z"
    return plain(instant)


def _instant(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def _same(sealed: str, identifier: UUID | str) -> bool:
    return sealed.replace("-", "") == (identifier if isinstance(identifier, str) else identifier.hex)
