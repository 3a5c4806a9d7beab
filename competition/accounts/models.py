"""Tables of people, sessions, tokens and invitations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.extensions import Model
from competition.kernel.data.columns import At, Document, Id, Instant, Label, Sha256
from competition.kernel.text.languages import SOURCE


class User(Model):
    """A person. ``email`` is trimmed, NFKC-normalized and case-folded: two people never merge."""

    __tablename__ = "user_account"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[Label]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(10), default=SOURCE.locale)
    zone: Mapped[str] = mapped_column(String(60), default="Asia/Shanghai")
    is_operator: Mapped[bool] = mapped_column(Boolean, default=False)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[At]


class UserSession(Model):
    """A signed-in browser. The cookie holds the token, the row only its hash; deleting it signs out."""

    __tablename__ = "user_session"

    id: Mapped[Id]
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[At]
    seen_at: Mapped[At]
    expires_at: Mapped[At]
    agent: Mapped[Label] = mapped_column(default="")
    proved_twice: Mapped[bool] = mapped_column(Boolean, default=False)  # with a second factor, too

    user: Mapped[User] = relationship()


class SecondFactor(Model):
    """A person's one-time codes (TOTP). Their secret is computed from ``nonce`` and the installation's key, so that
    a copy of the database alone gives no codes. Until ``confirmed_at`` it is only offered.

    ``last_step`` is the time step of the last code that was accepted: no code is accepted twice.
    """

    __tablename__ = "second_factor"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[At]
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Model):
    """A single-use code for whoever lost the device of their second factor."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    code_hash: Mapped[Sha256] = mapped_column(unique=True)
    created_at: Mapped[At]
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Token(Model):
    """A single-use link by mail: confirm an address (7 days) or reset a password (30 minutes).

    A new password voids them all.
    """

    __tablename__ = "token"
    __table_args__ = (CheckConstraint("kind IN ('confirm', 'reset')", name="kind"),)

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[At]
    expires_at: Mapped[At]
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Invitation(Model):
    """An offer by mail to join a team, a panel or a programme; bound to its address, used once."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("kind IN ('team', 'panel', 'organizer')", name="kind"),
        CheckConstraint("state IN ('open', 'accepted', 'declined', 'revoked')", name="state"),
        Index("ix_invitation_scope", "kind", "scope_id"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(10))
    scope_id: Mapped[UUID]
    email: Mapped[str] = mapped_column(String(320), index=True)
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(String(10), default="open")
    data: Mapped[Document]
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    created_at: Mapped[At]
    expires_at: Mapped[At]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
