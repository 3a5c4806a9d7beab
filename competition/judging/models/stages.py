"""Tables of stages: who goes on, who sits in them, eligibility checks, and the schedule of defences."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.calls.models import Stage
from competition.entries.models import Entry
from competition.extensions import Model
from competition.judging.lifecycle import ELIGIBILITY
from competition.kernel.data.columns import At, Id, Instant, Json


class StageOutcome(Model):
    """Whether an entry goes on from a stage: ``advanced`` takes part in the next one, ``stopped`` does not.

    An eligibility check that is passed is ``advanced``, too. ``reason`` is read by the team.
    """

    __tablename__ = "stage_outcome"
    __table_args__ = (
        CheckConstraint("outcome IN ('advanced', 'stopped')", name="outcome"),
        Index("ix_stage_outcome_entry", "entry_id"),
    )

    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[At]
    decided_by: Mapped[UUID | None]


class EligibilityCheck(Model):
    """What the organizers found about whether an entry may take part. An entry without a row has not been looked at.

    ``marks`` is ``{key of a point of the call's checklist: "met" or "unmet"}``. ``question`` is what the team was
    asked, ``answer`` what it wrote; ``answer_until`` is when the time to answer, or to object to a rejection, ends.
    """

    __tablename__ = "eligibility_check"
    __table_args__ = (
        CheckConstraint(f"state IN {ELIGIBILITY.states}", name="state"),
        Index("ix_eligibility_check_entry", "entry_id"),
    )

    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default="open")
    version: Mapped[int] = mapped_column(Integer, default=1)
    marks: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")  # for organizers only
    question: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answer_until: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")  # of the rejection; the team reads it
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    objection: Mapped[str] = mapped_column(Text, default="")
    objected_at: Mapped[datetime | None] = mapped_column(Instant)
    reply: Mapped[str] = mapped_column(Text, default="")  # to the objection


class DefenceSession(Model):
    """A day, or part of a day, of defences in one room or at one link. Its slots follow one another.

    A slot is ``presentation_minutes`` and ``question_minutes`` long, with ``pause_minutes`` before the next one.
    """

    __tablename__ = "defence_session"
    __table_args__ = (
        CheckConstraint("places >= 1 AND places <= 200", name="places"),
        CheckConstraint("presentation_minutes >= 1 AND question_minutes >= 0 AND pause_minutes >= 0", name="minutes"),
    )

    id: Mapped[Id]
    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    starts_at: Mapped[At]
    places: Mapped[int] = mapped_column(Integer)
    place: Mapped[str] = mapped_column(String(500))  # a room, or the address of a video meeting
    presentation_minutes: Mapped[int] = mapped_column(Integer, default=8)
    question_minutes: Mapped[int] = mapped_column(Integer, default=7)
    pause_minutes: Mapped[int] = mapped_column(Integer, default=0)


class DefenceDraw(Model):
    """The draw of a stage's order: the seed, who drew, and whether the schedule has been announced.

    ``sequence`` rises at each announcement, so that calendars replace what they have.
    """

    __tablename__ = "defence_draw"

    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"), primary_key=True)
    seed: Mapped[str] = mapped_column(String(64))
    drawn_at: Mapped[At]
    drawn_by: Mapped[UUID | None]
    announced_at: Mapped[datetime | None] = mapped_column(Instant)
    sequence: Mapped[int] = mapped_column(Integer, default=0)


class DefenceSlot(Model):
    """When an entry is defended: its place in the drawn order within a session, and whether its team came."""

    __tablename__ = "defence_slot"
    __table_args__ = (
        UniqueConstraint("session_id", "position"),
        CheckConstraint("attendance IN ('', 'present', 'late', 'absent')", name="attendance"),
    )

    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"), primary_key=True, index=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(DefenceSession.id, ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)  # within the session, from 0
    attendance: Mapped[str] = mapped_column(String(10), default="")

    session: Mapped[DefenceSession] = relationship()


class DeliberationNote(Model):
    """What a judge wrote about an entry while the panel discussed it. Only the panel reads it."""

    __tablename__ = "deliberation_note"
    __table_args__ = (Index("ix_deliberation_note", "stage_id", "entry_id", "at"),)

    id: Mapped[Id]
    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"))
    seat_id: Mapped[UUID] = mapped_column(ForeignKey("seat.id", ondelete="CASCADE"))
    at: Mapped[At]
    text: Mapped[str] = mapped_column(Text)


class StageSeat(Model):
    """A judge who sits in a stage that has a panel of its own. A stage without any has the call's whole panel."""

    __tablename__ = "stage_seat"

    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"), primary_key=True)
    seat_id: Mapped[UUID] = mapped_column(ForeignKey("seat.id", ondelete="CASCADE"), primary_key=True, index=True)
