"""Tables of the kernel: jobs, mail, audit events."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from competition.extensions import Model
from competition.kernel.data.columns import At, Document, Id, Instant, Json, Sha256


class OutboxJob(Model):
    """A promise of work, written in the transaction that made it."""

    __tablename__ = "outbox_job"
    __table_args__ = (
        CheckConstraint("state IN ('due', 'running', 'done', 'dead')", name="state"),
        UniqueConstraint("kind", "key"),
        Index("ix_outbox_job_pending", "due_at", sqlite_where=text("state IN ('due', 'running')"),
              postgresql_where=text("state IN ('due', 'running')")),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(200))
    payload: Mapped[Document]
    state: Mapped[str] = mapped_column(String(10), default="due")
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[At]
    due_at: Mapped[At]
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    progress_done: Mapped[int] = mapped_column(BigInteger, default=0)
    progress_total: Mapped[int] = mapped_column(BigInteger, default=0)
    progress_note: Mapped[str] = mapped_column(String(200), default="")
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[UUID | None] = mapped_column(Uuid)


class MailMessage(Model):
    """A message to one person. The body may hold a single-use link, so it is blanked once sent.

    ``calendar`` is an iCalendar file (RFC 5545) that goes with it.
    """

    __tablename__ = "mail_message"
    __table_args__ = (CheckConstraint("state IN ('queued', 'sent', 'failed')", name="state"),)

    id: Mapped[Id]
    to: Mapped[str] = mapped_column(String(320), index=True)
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    calendar: Mapped[str | None] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    created_at: Mapped[At] = mapped_column(index=True)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class AuditHead(Model):
    """The last link of a chain; its row lock orders the writers of that chain."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(String(60), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    hash: Mapped[Sha256]


class AuditEvent(Model):
    """One thing that happened. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        Index("ix_audit_event_action", "chain", "action", "seq"),
    )

    id: Mapped[Id]
    chain: Mapped[str] = mapped_column(String(60))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[At]
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    data: Mapped[Document]
    prev_hash: Mapped[Sha256]
    hash: Mapped[Sha256]


def append_only(model: type[Model], message: str, *, once: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """Statements, by engine, after which the database refuses to change or delete what a table holds.

    Parameters
    ----------
    once
        Columns that the first of them closes: they may be written while it is empty, and never again.
    """
    table, columns = model.__tablename__, [column.name for column in model.__table__.columns]
    fixed, closable = ", ".join(name for name in columns if name not in once), ", ".join(once)
    stop = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    refuse = f"EXECUTE FUNCTION {table}_refuse()"
    sqlite = [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {fixed} ON {table} {stop}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {stop}",
    ]
    postgresql = [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$",
        f"CREATE TRIGGER {table}_refuse BEFORE UPDATE OF {fixed} OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT {refuse}",
    ]
    if once:
        written = f"WHEN (OLD.{once[0]} IS NOT NULL AND CAST(OLD.{once[0]} AS TEXT) <> '')"
        sqlite.append(f"CREATE TRIGGER {table}_once BEFORE UPDATE OF {closable} ON {table} {written} {stop}")
        postgresql.append(
            f"CREATE TRIGGER {table}_once BEFORE UPDATE OF {closable} ON {table} FOR EACH ROW {written} {refuse}"
        )
    return {"sqlite": tuple(sqlite), "postgresql": tuple(postgresql)}


APPEND_ONLY = append_only(AuditEvent, "the audit log is append-only")


class IdempotencyKey(Model):
    """The answer to a request that a browser may send again, stored with its effect."""

    __tablename__ = "idempotency_key"

    actor_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    action: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_hash: Mapped[Sha256]
    answer: Mapped[Document]
    at: Mapped[At] = mapped_column(index=True)


class Signature(Model):
    """An act that one person has proposed and another has to sign. ``payload`` is what the act needs to be done.

    ``digest`` is over the act, its payload and all that the signer relies on: :mod:`competition.kernel.signing`.
    """

    __tablename__ = "signature"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'signed', 'withdrawn', 'expired', 'void')", name="state"),
        CheckConstraint("state <> 'signed' OR decided_by <> proposed_by", name="second_person"),
        Index("uq_signature_open", "kind", "subject", unique=True, sqlite_where=text("state = 'proposed'"),
              postgresql_where=text("state = 'proposed'")),
        Index("ix_signature_programme", "programme_id", "state", "proposed_at"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    programme_id: Mapped[UUID] = mapped_column(Uuid)
    chain: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    payload: Mapped[Document]
    digest: Mapped[Sha256]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    proposed_by: Mapped[UUID] = mapped_column(Uuid)
    proposed_at: Mapped[At]
    expires_at: Mapped[At]
    decided_by: Mapped[UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
