"""The table of requested exports."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from competition.calls.models import Call, Programme
from competition.extensions import Model
from competition.kernel.data.columns import At, Code, Id, Instant


class Export(Model):
    """One requested file: which table, of what, in which format, and where it lies when done."""

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint("format IN ('csv', 'xlsx')", name="format"),
        CheckConstraint("state IN ('queued', 'done', 'failed', 'expired')", name="state"),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    table: Mapped[str] = mapped_column("table_name", String(20))
    format: Mapped[str] = mapped_column(String(4))
    programme_id: Mapped[UUID] = mapped_column(ForeignKey(Programme.id), index=True)
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey(Call.id))
    requested_by: Mapped[UUID | None]
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox_job.id"))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    filename: Mapped[str] = mapped_column(String(200), default="")
    key: Mapped[str | None] = mapped_column(String(200))
    rows: Mapped[int] = mapped_column(Integer, default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[At]
    expires_at: Mapped[At]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
