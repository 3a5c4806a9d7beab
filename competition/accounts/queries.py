"""Reads of people, shaped for pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from competition.accounts import user_agents
from competition.accounts.models import User, UserSession
from competition.extensions import db
from competition.kernel.web.access import Actor


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A signed-in browser as its owner sees it."""

    id: UUID
    agent: str
    created_at: datetime
    seen_at: datetime

    @property
    def named(self) -> tuple[str, str]:
        """Browser and system in words; empty where the string names none."""
        return user_agents.named(self.agent)


def operated_person(actor: Actor, user_id: UUID) -> User | None:
    """Somebody's account, for operators."""
    return db.session.get(User, user_id) if actor.is_operator else None


def sessions_of(user_id: UUID, now: datetime) -> list[SessionRow]:
    query = (
        select(UserSession.id, UserSession.agent, UserSession.created_at, UserSession.seen_at)
        .where(UserSession.user_id == user_id, UserSession.expires_at > now)
        .order_by(UserSession.seen_at.desc())
    )
    return [SessionRow(*row) for row in db.session.execute(query)]
