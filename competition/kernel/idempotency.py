"""One effect per intention: the same key with the same body gives the stored answer again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from competition.extensions import db
from competition.kernel.canonical import digest
from competition.kernel.errors import RuleBroken
from competition.kernel.models import IdempotencyKey


def once(
    action: str, *, actor_id: UUID, key: str, body: Any, now: datetime,
    effect: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Run ``effect`` in the present writing transaction unless this key has been answered.

    Parameters
    ----------
    key
        Chosen by the page, at most 64 characters; empty means "not retriable" and always runs.
    body
        What was asked; the same key with another body is refused.
    """
    if not key:
        return effect()
    fingerprint = digest("idempotency/1", body)
    name = (actor_id, action, key[:64])
    if _first(name, fingerprint, now):
        answer = effect()
        db.session.execute(
            update(IdempotencyKey).where(_is(name)).values(answer=answer).execution_options(synchronize_session=False)
        )
        return answer
    kept = db.session.execute(select(IdempotencyKey.body_hash, IdempotencyKey.answer).where(_is(name))).one()
    if kept.body_hash != fingerprint:
        raise RuleBroken(_("This form was already sent with other content. Reload the page and send it again."))
    return dict(kept.answer)


def _first(name: tuple[UUID, str, str], fingerprint: str, now: datetime) -> bool:
    """Take the key. On PostgreSQL this waits for a request that holds the same key, and then finds its answer."""
    insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgres_insert
    statement = insert(IdempotencyKey).values(
        actor_id=name[0], action=name[1], key=name[2], body_hash=fingerprint, answer={}, at=now
    )
    taken = db.session.execute(statement.on_conflict_do_nothing().returning(IdempotencyKey.key))
    return taken.one_or_none() is not None


def _is(name: tuple[UUID, str, str]) -> ColumnElement[bool]:
    return and_(
        IdempotencyKey.actor_id == name[0], IdempotencyKey.action == name[1], IdempotencyKey.key == name[2]
    )
