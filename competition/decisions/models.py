"""Tables of selections, decisions, published results and the calendar of working days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.calls.models import Call, Programme
from competition.entries.models import Entry
from competition.extensions import Model
from competition.kernel.data.columns import At, Document, Id, Instant, Json, Texts
from competition.kernel.data.models import append_only
from competition.results.models import Run


class Selection(Model):
    """One solution of the selection problem over a programme's calls, with the proof that it is the best.

    ``facts``: per entry value, cost, band, share of draws; shadow prices; what just missed.
    """

    __tablename__ = "selection"
    __table_args__ = (CheckConstraint("state IN ('queued', 'done', 'failed')", name="state"),)

    id: Mapped[Id]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey(Programme.id), index=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox_job.id"))
    parameters: Mapped[Document]
    budget_minor: Mapped[int] = mapped_column(BigInteger)
    spent_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    objective: Mapped[float | None] = mapped_column(Float)
    gap: Mapped[float | None] = mapped_column(Float)
    budget_price: Mapped[float | None] = mapped_column(Float)  # points per 1,000 of budget
    digest: Mapped[str | None] = mapped_column(String(64))
    facts: Mapped[Document]
    requested_by: Mapped[UUID | None]
    created_at: Mapped[At]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class Decision(Model):
    """What happens to an entry: proposed by the selection, adjusted with a reason, applied, published."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("entry_id"),
        CheckConstraint("outcome IN ('selected', 'reserve', 'not_selected')", name="outcome"),
        CheckConstraint("proposed IN ('selected', 'reserve', 'not_selected')", name="proposed"),
        CheckConstraint("state IN ('pending', 'applied', 'published')", name="state"),
        CheckConstraint("award_minor >= 0", name="award"),
        CheckConstraint("outcome = 'selected' OR award_minor = 0", name="award_only_if_selected"),
        Index("ix_decision_call", "call_id", "outcome"),
    )

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id))
    run_id: Mapped[UUID] = mapped_column(ForeignKey(Run.id))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id))
    state: Mapped[str] = mapped_column(String(10), default="pending")
    proposed: Mapped[str] = mapped_column(String(14))
    outcome: Mapped[str] = mapped_column(String(14))
    proposed_award_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    award_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    value: Mapped[float | None] = mapped_column(Float)  # what the selection maximised, points above the threshold
    band: Mapped[str] = mapped_column(String(10), default="out")
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[At]
    version: Mapped[int] = mapped_column(Integer, default=1)

    entry: Mapped[Entry] = relationship()


class Publication(Model):
    """One version of a call's published result: the run it is based on and the end of its notice.

    The highest ``number`` is in force. No version ever changes: a correction adds the next one, with its
    public ``reason``. ``restarted`` says whether the public notice began with this version. ``facts`` is
    what its page shows besides the decisions: counts, the call's words of that day, what changed.
    """

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("call_id", "number"), CheckConstraint("number >= 1", name="number"))

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id))
    run_id: Mapped[UUID] = mapped_column(ForeignKey(Run.id))
    number: Mapped[int] = mapped_column(Integer, default=1)
    note: Mapped[Texts]
    reason: Mapped[Texts]
    published_at: Mapped[At]
    published_by: Mapped[UUID | None]
    notice_until: Mapped[At]
    restarted: Mapped[bool] = mapped_column(Boolean, default=True)
    digest: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)


class PublishedDecision(Model):
    """A decision as one version published it, with the team's name of that day.

    Pages for teams and the public read these rows, so that they show nothing of a correction before it is published.
    """

    __tablename__ = "published_decision"
    __table_args__ = (Index("ix_published_decision_outcome", "publication_id", "outcome"),)

    publication_id: Mapped[UUID] = mapped_column(ForeignKey(Publication.id, ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id), primary_key=True)
    team: Mapped[str] = mapped_column(String(200))
    native_name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    proposed: Mapped[str] = mapped_column(String(14))
    outcome: Mapped[str] = mapped_column(String(14))
    proposed_award_minor: Mapped[int] = mapped_column(BigInteger)
    award_minor: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[float | None] = mapped_column(Float)
    band: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[At]


VERSIONS = append_only(Publication, "a published result stays as it was published", once=("digest",))
DECISIONS = append_only(PublishedDecision, "a published decision stays as it was published")
APPEND_ONLY = {engine: (*VERSIONS[engine], *DECISIONS[engine]) for engine in VERSIONS}


class CalendarDay(Model):
    """A day on which a programme's calendar differs from the week: a holiday, or a make-up working day."""

    __tablename__ = "calendar_day"

    programme_id: Mapped[UUID] = mapped_column(ForeignKey(Programme.id, ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    working: Mapped[bool] = mapped_column(Boolean)
    label: Mapped[str] = mapped_column(String(80), default="")
