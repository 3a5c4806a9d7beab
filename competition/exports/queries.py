"""Reads of exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Call, Organizer
from competition.exports.models import Export
from competition.extensions import db
from competition.kernel.data.models import OutboxJob
from competition.kernel.web.access import Actor

SHOWN = 50


@dataclass(frozen=True, slots=True)
class ExportLine:
    """A requested file in the list; ``state`` is ``failed`` also when its job was given up."""

    code: str
    table: str
    format: str
    state: str
    call_code: str
    requested_by: str
    job_id: UUID | None
    own: bool
    filename: str
    rows: int
    size: int
    sha256: str
    created_at: datetime
    expires_at: datetime


def organizer_export(actor: Actor, export_code: str) -> Export | None:
    """An export, for those who organize its programme."""
    query = select(Export).join(Organizer, Organizer.programme_id == Export.programme_id)
    return db.session.scalar(query.where(Export.code == export_code, Organizer.user_id == actor.user_id))


def exports(programme_id: UUID, actor: Actor) -> list[ExportLine]:
    """A programme's newest exports."""
    rows = db.session.execute(
        select(Export, Call.code, User.name, OutboxJob.state)
        .outerjoin(Call, Call.id == Export.call_id).outerjoin(User, User.id == Export.requested_by)
        .outerjoin(OutboxJob, OutboxJob.id == Export.job_id)
        .where(Export.programme_id == programme_id).order_by(Export.created_at.desc(), Export.id.desc()).limit(SHOWN)
    )
    return [
        ExportLine(
            code=export.code, table=export.table, format=export.format,
            state="failed" if job == "dead" and export.state == "queued" else export.state, call_code=call or "",
            requested_by=name or "", job_id=export.job_id, own=export.requested_by == actor.user_id,
            filename=export.filename, rows=export.rows, size=export.size, sha256=export.sha256 or "",
            created_at=export.created_at, expires_at=export.expires_at,
        )
        for export, call, name, job in rows
    ]


def exportable_calls(programme_id: UUID) -> list[tuple[str, dict[str, str]]]:
    """Code and title of the calls whose data can be exported."""
    query = select(Call.code, Call.title).where(Call.programme_id == programme_id, Call.state != "draft")
    return [(code, title) for code, title in db.session.execute(query.order_by(Call.code))]


def call_id(programme_id: UUID, code: str) -> UUID | None:
    """The id of a call of this programme."""
    return db.session.scalar(select(Call.id).where(Call.programme_id == programme_id, Call.code == code))


def is_sealed(programme_id: UUID, code: str) -> bool:
    """Whether the entries of a call of this programme have not been opened yet."""
    sealed = select(Call.id).where(Call.programme_id == programme_id, Call.code == code)
    return db.session.scalar(sealed.where(Call.entries_opened_at.is_(None))) is not None
