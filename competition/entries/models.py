"""Tables of teams and entries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.calls.models import Call
from competition.extensions import Model
from competition.kernel.data.columns import At, Code, Document, Id, Instant, Json, Label, Sha256
from competition.kernel.data.models import append_only


class Team(Model):
    """Who enters: a lead applicant with members. ``native_name`` is the name in its own script."""

    __tablename__ = "team"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Label]
    native_name: Mapped[Label] = mapped_column(default="")
    org_type: Mapped[str] = mapped_column(String(30), default="")
    registration_number: Mapped[str] = mapped_column(String(80), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    signatory: Mapped[Label] = mapped_column(default="")
    contact: Mapped[str] = mapped_column(String(320), default="")
    created_at: Mapped[At]
    version: Mapped[int] = mapped_column(Integer, default=1)


class Membership(Model):
    """A person in a team; the lead signs and invites, and there is never more than one."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("role IN ('lead', 'member')", name="role"),
        Index("uq_membership_lead", "team_id", unique=True, sqlite_where=text("role = 'lead'"),
              postgresql_where=text("role = 'lead'")),
    )

    team_id: Mapped[UUID] = mapped_column(ForeignKey(Team.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(10), default="member")
    joined_at: Mapped[At]


class Entry(Model):
    """A team's answer to a call: one per team and call. ``draft`` is what the form shows now."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("call_id", "team_id"),
        CheckConstraint("state IN ('draft', 'submitted', 'withdrawn')", name="state"),
        Index("ix_entry_call_code", "call_id", "code"),
        Index("ix_entry_call_state_code", "call_id", "state", "code"),
    )

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id))
    team_id: Mapped[UUID] = mapped_column(ForeignKey(Team.id), index=True)
    code: Mapped[Code] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    draft: Mapped[Document]
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[At]
    saved_at: Mapped[At]
    saved_by: Mapped[UUID | None]
    revision_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("revision.id", use_alter=True, name="fk_entry_revision_id")
    )
    quote_minor: Mapped[int | None] = mapped_column(BigInteger)  # of the submitted revision

    team: Mapped[Team] = relationship()
    call: Mapped[Call] = relationship()
    revision: Mapped[Revision | None] = relationship(foreign_keys=[revision_id])


class Revision(Model):
    """An entry as it was received: answers, files and digest never change afterwards.

    ``files`` is a list of ``{attachment, slot, name, size, content_type, sha256}`` in upload order.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    id: Mapped[Id]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    answers: Mapped[Document]
    files: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    digest: Mapped[Sha256]
    quote_minor: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[At]
    deadline_at: Mapped[At]
    grace_seconds: Mapped[int] = mapped_column(Integer)
    submitted_by: Mapped[UUID | None]
    log_seq: Mapped[int | None] = mapped_column(Integer)  # where the call's audit log says so
    log_hash: Mapped[str | None] = mapped_column(String(64))


APPEND_ONLY = append_only(Revision, "an entry stays as it was received")


class EntryReading(Model):
    """A day on which a person who runs the programme read an entry, or took one of its files: logged once a day."""

    __tablename__ = "entry_reading"

    subject: Mapped[str] = mapped_column(String(32), primary_key=True)  # the code of the entry or file
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)


class Attachment(Model):
    """A file of an entry. ``incoming_key`` is where the browser wrote; ``key`` is the checked copy.

    ``sha256`` is what the browser declared while ``uploaded``, what the worker computed once ``ready``.
    A deleted file stays on record (and stored) when a revision holds it.
    ``late``: added after the deadline, because the organizers asked for it. No revision holds such a file, and judges
    do not get it.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'uploaded', 'ready', 'rejected', 'deleted')", name="state"),
        CheckConstraint("slot IN ('proposal', 'video', 'supplement', 'commitment')", name="slot"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_attachment_entry", "entry_id", "state"),
    )

    id: Mapped[Id]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"))
    code: Mapped[Code] = mapped_column(unique=True)
    slot: Mapped[str] = mapped_column(String(12), default="supplement")
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    reason: Mapped[str] = mapped_column(String(60), default="")
    incoming_key: Mapped[str] = mapped_column(String(200), unique=True)
    key: Mapped[str | None] = mapped_column(String(200))
    upload_id: Mapped[str] = mapped_column(String(300))
    part_size: Mapped[int] = mapped_column(Integer, default=8 * 1024 * 1024)
    sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[At]
    created_by: Mapped[UUID | None]
    late: Mapped[bool] = mapped_column(Boolean, default=False)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
