"""Access to accounts: people may manage their own sessions and no others; operators lock and open accounts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from competition.accounts.models import UserSession
from competition.accounts.queries import operated_person
from competition.extensions import db
from competition.kernel.web.access import Actor, Permission, grant


def own_session(actor: Actor, session_id: UUID) -> UserSession | None:
    """A session of the person who asks."""
    return db.session.scalar(
        select(UserSession).where(UserSession.id == session_id, UserSession.user_id == actor.user_id)
    )


grant(Permission.SESSION_END, load=own_session)
grant(Permission.OPERATE, allow=lambda actor, _target: actor.is_operator, second_factor=True)
grant(Permission.PERSON_OPERATE, load=operated_person, second_factor=True)
