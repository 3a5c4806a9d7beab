"""Tables of aggregation runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.calls.models import Call, Stage
from competition.entries.models import Entry
from competition.extensions import Model
from competition.judging.models import Seat
from competition.kernel.data.columns import At, Document, Id, Instant, Json
from competition.kernel.data.models import append_only


class Run(Model):
    """One aggregation of one stage: the digest of its inputs, its method, and the digest of its result.

    ``inputs_digest`` and ``result_digest`` are SHA-256 in hex; the same inputs, method and parameters
    give the same result digest.
    """

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("stage_id", "number"),
        CheckConstraint("state IN ('queued', 'done', 'failed')", name="state"),
    )

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id), index=True)
    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox_job.id"))
    method: Mapped[Document]
    parameters: Mapped[Document]
    libraries: Mapped[Document]
    inputs_digest: Mapped[str | None] = mapped_column(String(64))
    result_digest: Mapped[str | None] = mapped_column(String(64))
    n_entries: Mapped[int] = mapped_column(Integer, default=0)
    n_judges: Mapped[int] = mapped_column(Integer, default=0)
    n_sheets: Mapped[int] = mapped_column(Integer, default=0)
    summary: Mapped[Document]  # variance components, agreement, warnings, too-close-to-call facts
    requested_by: Mapped[UUID | None]
    created_at: Mapped[At]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class RunEntry(Model):
    """One entry's line in a run. ``official`` is exact, as ``"numerator/denominator"``.

    ``official_value``, ``calibrated`` and ``standard_error`` are points on 0-100, rounded for pages; ``rank`` is
    computed from ``official``. ``arithmetic`` is a document for the page that explains the score. ``by_rank`` and the
    other ``by_…`` columns are the unique places 1, 2, 3 … in each order of the results page: a page of a sorted list is
    a range of integers, also where scores are missing or equal.
    """

    __tablename__ = "run_entry"
    __table_args__ = (
        UniqueConstraint("run_id", "by_rank"),
        UniqueConstraint("run_id", "by_official"),
        UniqueConstraint("run_id", "by_calibrated"),
        UniqueConstraint("run_id", "by_spread"),
        # A partial index: only a few entries of a run are too close to call.
        Index("ix_run_entry_close", "run_id", sqlite_where=text("close_call = 1"), postgresql_where=text("close_call")),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey(Run.id, ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id), primary_key=True)
    by_rank: Mapped[int] = mapped_column(Integer)
    by_official: Mapped[int] = mapped_column(Integer)
    by_calibrated: Mapped[int] = mapped_column(Integer)
    by_spread: Mapped[int] = mapped_column(Integer)
    rank: Mapped[int | None] = mapped_column(Integer)
    raw: Mapped[float | None] = mapped_column(Float)  # plain mean of all judges' totals
    official: Mapped[str | None] = mapped_column(String(80))
    official_value: Mapped[float | None] = mapped_column(Float)
    calibrated: Mapped[float | None] = mapped_column(Float)
    standard_error: Mapped[float | None] = mapped_column(Float)
    spread: Mapped[float | None] = mapped_column(Float)
    rank_lo: Mapped[int | None] = mapped_column(Integer)
    rank_hi: Mapped[int | None] = mapped_column(Integer)
    p_select: Mapped[float | None] = mapped_column(Float)
    n_judges: Mapped[int] = mapped_column(Integer)
    quorum_met: Mapped[bool] = mapped_column(Boolean)
    gate_failed: Mapped[bool] = mapped_column(Boolean)
    passed: Mapped[bool] = mapped_column(Boolean)
    tied: Mapped[bool] = mapped_column(Boolean, default=False)
    close_call: Mapped[bool] = mapped_column(Boolean, default=False)
    arithmetic: Mapped[Document] = mapped_column("worked")

    entry: Mapped[Entry] = relationship()


class RunJudge(Model):
    """One judge's diagnostics in a run. Never public: small panels are identifiable."""

    __tablename__ = "run_judge"

    run_id: Mapped[UUID] = mapped_column(ForeignKey(Run.id, ondelete="CASCADE"), primary_key=True)
    seat_id: Mapped[UUID] = mapped_column(ForeignKey(Seat.id), primary_key=True)
    leniency: Mapped[float | None] = mapped_column(Float)
    standard_error: Mapped[float | None] = mapped_column(Float)
    reliability: Mapped[float | None] = mapped_column(Float)
    scale: Mapped[float | None] = mapped_column(Float)
    n_entries: Mapped[int] = mapped_column(Integer)
    mean_total: Mapped[float | None] = mapped_column(Float)
    flags: Mapped[list[str]] = mapped_column(Json, default=list)


class RunAnalysis(Model):
    """What the organizers read beside a run: how firm its result is, and what in the judging deserves a look.

    ``document`` has two parts, :class:`competition.results.jobs.sensitivity` and ``fairness``; entries are named by id,
    judges by seat number. Never public: small panels are identifiable.
    """

    __tablename__ = "run_analysis"

    run_id: Mapped[UUID] = mapped_column(ForeignKey(Run.id, ondelete="CASCADE"), primary_key=True)
    document: Mapped[Document]


class LotteryDraw(Model):
    """The public draw of a run, in a call that announced one. It is made once and never changed.

    ``seed`` is a number that was published elsewhere, ``source`` where anybody can look it up. ``chances`` has
    ``[entry id, chance, whether drawn]`` of every entry that had a chance, in the order in which they were numbered.
    """

    __tablename__ = "lottery_draw"

    run_id: Mapped[UUID] = mapped_column(ForeignKey(Run.id, ondelete="CASCADE"), primary_key=True)
    seed: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(Text)
    chances: Mapped[list[list[Any]]] = mapped_column(Json)
    drawn_at: Mapped[At]
    drawn_by: Mapped[UUID | None]


APPEND_ONLY = append_only(LotteryDraw, "a draw stands as it was made")
