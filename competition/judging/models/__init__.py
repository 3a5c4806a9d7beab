"""Tables of panels and score sheets."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.calls.models import Call, RubricVersion, Stage
from competition.entries.models import Entry, Revision
from competition.extensions import Model
from competition.judging.models.stages import (
    DefenceDraw,
    DefenceSession,
    DefenceSlot,
    DeliberationNote,
    EligibilityCheck,
    StageOutcome,
    StageSeat,
)
from competition.kernel.data.columns import At, Id, Instant, Json, Sha256
from competition.kernel.data.models import append_only

__all__ = [
    "APPEND_ONLY",
    "KEEP_SUBMITTED",
    "Assignment",
    "AssignmentPlan",
    "Conflict",
    "DefenceDraw",
    "DefenceSession",
    "DefenceSlot", "DeliberationNote",
    "EligibilityCheck",
    "Flag",
    "JudgeCopy",
    "PrivateNote",
    "ScoreSheet",
    "Seat",
    "SheetVersion",
    "StageOutcome",
    "StageSeat",
]


class Seat(Model):
    """A judge's place on a call's panel. ``number`` is how the judge is named to others: "Judge 3".

    ``tally`` counts the seat's assignments by progress, ``{progress: count}``, kept by the commands so
    that a queue of ten thousand need not be counted at every click; null means: count them.
    """

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("call_id", "user_id"),
        UniqueConstraint("call_id", "number"),
        CheckConstraint("state IN ('invited', 'accepted', 'declined', 'removed')", name="state"),
    )

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id, ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitation.id"))
    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(320))
    organisation: Mapped[str] = mapped_column(String(200), default="")
    languages: Mapped[list[str]] = mapped_column(Json, default=list)
    expertise: Mapped[list[str]] = mapped_column(Json, default=list)
    capacity: Mapped[int] = mapped_column(Integer, default=40)
    state: Mapped[str] = mapped_column(String(10), default="invited")
    created_at: Mapped[At]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_reason: Mapped[str] = mapped_column(Text, default="")
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    tally: Mapped[dict[str, int] | None] = mapped_column(Json)

    call: Mapped[Call] = relationship()


class Conflict(Model):
    """A tie between a judge and an entry. It blocks reading, scoring and counting."""

    __tablename__ = "conflict"
    __table_args__ = (
        UniqueConstraint("seat_id", "entry_id"),
        CheckConstraint("kind IN ('automatic', 'self', 'challenged')", name="kind"),
    )

    id: Mapped[Id]
    seat_id: Mapped[UUID] = mapped_column(ForeignKey(Seat.id, ondelete="CASCADE"))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    relation: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    declared_at: Mapped[At]
    declared_by: Mapped[UUID | None]


class Assignment(Model):
    """One judge's task: score one entry in one stage.

    ``assigned`` until the judge answers the conflict question, then ``cleared`` or ``recused``.
    ``progress`` repeats what the sheet's state says (``waiting`` without a sheet, ``draft``,
    ``submitted``; ``out`` once recused or removed), so that a queue of ten thousand is counted and
    paged from one index. ``kind`` tells who chose the pair: ``manual`` or ``automatic``. ``queue_position`` grows
    when the judge skips the entry. A recusal without a tie has its reason in ``abstained``.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("stage_id", "seat_id", "entry_id"),
        CheckConstraint("state IN ('assigned', 'cleared', 'recused', 'removed')", name="state"),
        CheckConstraint("progress IN ('waiting', 'draft', 'submitted', 'out')", name="progress"),
        Index("ix_assignment_queue", "seat_id", "id"),
        Index("ix_assignment_order", "seat_id", "progress", "queue_position", "id"),
        Index("ix_assignment_entry", "entry_id", "stage_id"),
    )

    id: Mapped[Id]
    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"))
    seat_id: Mapped[UUID] = mapped_column(ForeignKey(Seat.id, ondelete="CASCADE"))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="assigned")
    progress: Mapped[str] = mapped_column(String(10), default="waiting")
    kind: Mapped[str] = mapped_column(String(10), default="manual")
    assigned_at: Mapped[At]
    declared_at: Mapped[datetime | None] = mapped_column(Instant)
    queue_position: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    abstained: Mapped[str] = mapped_column(Text, default="", server_default="")

    seat: Mapped[Seat] = relationship()
    entry: Mapped[Entry] = relationship()
    stage: Mapped[Stage] = relationship()


class ScoreSheet(Model):
    """A judge's scores for one entry, under one rubric version, of one revision.

    ``scores`` is one little-endian int32 array in hundredths, in rubric order; a criterion not yet
    scored is :data:`competition.judging.scores.MISSING`. ``comments`` has one text per criterion.
    ``total`` is the weighted total on 0-100 in hundredths, rounded, for lists only: no rank uses it. ``begun_at`` is
    when the first draft was saved; null for sheets from before it was kept.

    A submitted sheet changes only by being reopened, which makes it a draft again, or voided, which two organizers do
    together: ``voided_by`` proposed it. A voided sheet counts for nothing and stays as it is. Triggers hold that.
    """

    __tablename__ = "score_sheet"
    __table_args__ = (
        UniqueConstraint("assignment_id"),
        CheckConstraint("state IN ('draft', 'submitted')", name="state"),
    )

    id: Mapped[Id]
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey(Assignment.id, ondelete="CASCADE"))
    rubric_version_id: Mapped[UUID] = mapped_column(ForeignKey(RubricVersion.id))
    revision_id: Mapped[UUID] = mapped_column(ForeignKey(Revision.id))
    state: Mapped[str] = mapped_column(String(10), default="draft", index=True)
    scores: Mapped[bytes] = mapped_column(LargeBinary)
    comments: Mapped[list[str]] = mapped_column(Json)
    overall: Mapped[str] = mapped_column(Text, default="")
    total: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer, default=1)
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    saved_at: Mapped[At]
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_by: Mapped[UUID | None]
    void_reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    assignment: Mapped[Assignment] = relationship()


def _keep_submitted() -> dict[str, tuple[str, ...]]:
    """Statements, by engine, after which the database refuses to change or delete a submitted sheet.

    Reopening is a change of its state, voiding fills the empty columns of voiding; the row's version may grow with
    both.
    """
    sealed = (
        "assignment_id", "rubric_version_id", "revision_id", "scores", "comments", "overall", "total", "begun_at",
        "saved_at",
    )
    voiding = ("voided_at", "voided_by", "void_reason")
    message = "submitted scores stay as they are"

    def differs(names: tuple[str, ...], operator: str) -> str:
        return "(" + " OR ".join(f"NEW.{name} {operator} OLD.{name}" for name in names) + ")"

    def rule(operator: str) -> str:
        changed = differs((*sealed, "submitted_at"), operator)
        void_again = differs((*voiding, "state", *sealed), operator)
        return (
            f"(OLD.state = 'submitted' AND NEW.state = 'submitted' AND {changed}) "
            f"OR (OLD.voided_at IS NOT NULL AND {void_again})"
        )

    stop = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    refuse = "EXECUTE FUNCTION score_sheet_refuse()"
    return {
        "sqlite": (
            f"CREATE TRIGGER score_sheet_kept BEFORE UPDATE ON score_sheet WHEN {rule('IS NOT')} {stop}",
            "CREATE TRIGGER score_sheet_not_deleted BEFORE DELETE ON score_sheet "
            f"WHEN OLD.state = 'submitted' {stop}",
        ),
        "postgresql": (
            "CREATE FUNCTION score_sheet_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$",
            "CREATE TRIGGER score_sheet_kept BEFORE UPDATE ON score_sheet FOR EACH ROW "
            f"WHEN ({rule('IS DISTINCT FROM')}) {refuse}",
            "CREATE TRIGGER score_sheet_not_deleted BEFORE DELETE ON score_sheet FOR EACH ROW "
            f"WHEN (OLD.state = 'submitted') {refuse}",
        ),
    }


KEEP_SUBMITTED = _keep_submitted()


class Flag(Model):
    """What a judge tells the organizer of an entry; open until it is answered. ``reopen`` asks for the own sheet."""

    __tablename__ = "judge_flag"
    __table_args__ = (
        CheckConstraint("kind IN ('cannot_open', 'identity', 'scope', 'suspicious', 'reopen')", name="kind"),
    )

    id: Mapped[Id]
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey(Assignment.id, ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[At]
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[UUID | None]


class PrivateNote(Model):
    """What a judge writes down for themselves. Nobody else ever reads it: no page, no export, no log."""

    __tablename__ = "private_note"

    assignment_id: Mapped[UUID] = mapped_column(ForeignKey(Assignment.id, ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[At]


class SheetVersion(Model):
    """A sheet as it was submitted; reopening adds the next one and keeps this one with the reason."""

    __tablename__ = "sheet_version"
    __table_args__ = (UniqueConstraint("sheet_id", "number"),)

    id: Mapped[Id]
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey(ScoreSheet.id, ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[Sha256]
    submitted_at: Mapped[At]
    reopened_at: Mapped[datetime | None] = mapped_column(Instant)
    reopened_by: Mapped[UUID | None]
    reopened_reason: Mapped[str] = mapped_column(Text, default="")


APPEND_ONLY = append_only(
    SheetVersion, "a score sheet stays as it was submitted", once=("reopened_at", "reopened_by", "reopened_reason")
)


class AssignmentPlan(Model):
    """A computed assignment, looked at before it is applied. ``report`` is what the page shows of it.

    ``pairs`` joins the bytes of seat id and entry id of every pair that the plan would add.
    """

    __tablename__ = "assignment_plan"
    __table_args__ = (
        CheckConstraint("state IN ('computing', 'ready', 'applied', 'failed')", name="state"),
        Index("ix_assignment_plan_stage", "stage_id", "created_at"),
    )

    id: Mapped[Id]
    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="computing")
    settings: Mapped[dict[str, Any]] = mapped_column(Json)
    report: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    pairs: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    job_id: Mapped[UUID | None]
    created_at: Mapped[At]
    created_by: Mapped[UUID | None]
    applied_at: Mapped[datetime | None] = mapped_column(Instant)


class JudgeCopy(Model):
    """A file of an entry as judges get it: rewritten without its metadata, under a key that says nothing.

    ``waiting`` is a type that cannot be rewritten and needs the organizer's word; ``withheld`` is never
    shown to judges.
    """

    __tablename__ = "judge_copy"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'ready', 'waiting', 'withheld')", name="state"),
    )

    attachment_id: Mapped[UUID] = mapped_column(
        ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True
    )
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    key: Mapped[str] = mapped_column(String(200), unique=True)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    reason: Mapped[str] = mapped_column(String(60), default="")
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[UUID | None]
