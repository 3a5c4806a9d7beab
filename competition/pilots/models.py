"""Tables of pilots and their milestones."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.calls.models import Call
from competition.entries.models import Entry, Team
from competition.extensions import Model
from competition.kernel.data.columns import At, Code, Id, Instant


class Pilot(Model):
    """A selected entry on its way from notice to acceptance."""

    __tablename__ = "pilot"
    __table_args__ = (
        UniqueConstraint("entry_id"),
        CheckConstraint(
            "state IN ('proposed', 'agreed', 'running', 'accepted', 'failed', 'cancelled')", name="state"
        ),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id), index=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id))
    team_id: Mapped[UUID] = mapped_column(ForeignKey(Team.id), index=True)
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    award_minor: Mapped[int] = mapped_column(BigInteger)
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    closing_note: Mapped[str] = mapped_column(Text, default="")  # why it failed or was cancelled
    created_at: Mapped[At]
    version: Mapped[int] = mapped_column(Integer, default=1)

    call: Mapped[Call] = relationship()
    entry: Mapped[Entry] = relationship()
    team: Mapped[Team] = relationship()
    milestones: Mapped[list[Milestone]] = relationship(order_by="Milestone.position")


class Milestone(Model):
    """A step of a pilot, from the entry's own plan; its evidence releases a share of the award."""

    __tablename__ = "milestone"
    __table_args__ = (
        UniqueConstraint("pilot_id", "position"),
        CheckConstraint("state IN ('planned', 'reported', 'accepted', 'returned')", name="state"),
        CheckConstraint("share_percent >= 0 AND share_percent <= 100", name="share"),
    )

    id: Mapped[Id]
    pilot_id: Mapped[UUID] = mapped_column(ForeignKey(Pilot.id, ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(300))
    days: Mapped[int] = mapped_column(Integer, default=0)  # after the pilot's start
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    share_percent: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(10), default="planned")
    report: Mapped[str] = mapped_column(Text, default="")
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Text, default="")  # why it was returned
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
