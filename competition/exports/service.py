"""Commands on exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from competition.calls.models import Programme
from competition.exports import queries
from competition.exports.lifecycle import EXPORT
from competition.exports.models import Export
from competition.exports.tables import TABLES
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id, new_token
from competition.kernel.errors import RuleBroken
from competition.kernel.jobs import outbox
from competition.kernel.web.access import Actor

FORMATS = ("csv", "xlsx")
LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class ExportArguments:
    """The export whose file is made or deleted."""

    export: UUID


BUILD = outbox.Kind("exports.build", ExportArguments)
EXPIRE = outbox.Kind("exports.expire", ExportArguments)


def request_export(
    *, programme: Programme, table: str, fmt: str, call_code: str, actor: Actor, now: datetime,
) -> Export:
    """Request a file. It can be downloaded for seven days.

    Parameters
    ----------
    call_code
        One call; empty for all calls of the programme.

    Raises
    ------
    RuleBroken
        For an unknown table, format or call.
    """
    if table not in TABLES:
        raise RuleBroken(_("Choose what to export."), field="table")
    if fmt not in FORMATS:
        raise RuleBroken(_("Choose a format."), field="format")
    call_id = queries.call_id(programme.id, call_code) if call_code else None
    if call_code and call_id is None:
        raise RuleBroken(_("Choose a call of this programme."), field="call")
    if call_code and queries.is_sealed(programme.id, call_code):
        raise RuleBroken(_("The entries of this call are sealed. Open them first."), field="call")
    day = now.astimezone(ZoneInfo(programme.zone)).strftime("%Y-%m-%d")
    export = Export(
        id=new_id(), code=new_code(), table=table, format=fmt, programme_id=programme.id, call_id=call_id,
        requested_by=actor.id, state="queued", filename=f"{call_code or programme.code}-{table}-{day}.{fmt}",
        key=f"exports/{new_token()}.{fmt}", rows=0, size=0, created_at=now, expires_at=now + LIFETIME,
    )
    arguments = ExportArguments(export=export.id)
    job = outbox.add(BUILD, arguments, key=str(export.id), now=now, owner_id=actor.id)
    outbox.add(EXPIRE, arguments, key=str(export.id), now=now, delay=LIFETIME)
    db.session.flush()
    export.job_id = job
    db.session.add(export)
    audit.record("export.requested", chain=call_id or programme.id, subject=export.code, actor_id=actor.id, now=now,
                 table=table, format=fmt)
    return export


def finish_export(*, export_id: UUID, rows: int, size: int, sha256: str, now: datetime) -> Export:
    """The file lies in S3."""
    export = db.session.get_one(Export, export_id)
    EXPORT.advance(export, "finish")
    export.rows, export.size, export.sha256, export.finished_at = rows, size, sha256, now
    audit.record("export.finished", chain=export.call_id or export.programme_id, subject=export.code,
                 actor_id=export.requested_by, now=now, rows=rows, sha256=sha256)
    return export


def expire_export(*, export_id: UUID, now: datetime) -> Export:
    """The file is gone."""
    export = db.session.get_one(Export, export_id)
    EXPORT.advance(export, "expire")
    audit.record("export.expired", chain=export.call_id or export.programme_id, subject=export.code, actor_id=None,
                 now=now)
    return export
