"""One effect per intention: the same key with the same body gives the stored answer again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import and_, bindparam, select, update

from competition.extensions import db
from competition.kernel.data.canonical import digest
from competition.kernel.data.models import IdempotencyKey
from competition.kernel.data.query import insert_once, write
from competition.kernel.errors import RuleBroken

_key: Any = IdempotencyKey.__table__
_is = and_(
    _key.c.actor_id == bindparam("by"), _key.c.action == bindparam("what"), _key.c.key == bindparam("which")
)
_STORE_ANSWER = update(_key).where(_is).values(answer=bindparam("new_answer"))
_STORED = select(_key.c.body_hash, _key.c.answer).where(_is)


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
    key = key[:64]
    row = {"by": actor_id, "what": action, "which": key}
    if insert_once(_key, actor_id=actor_id, action=action, key=key, body_hash=fingerprint, answer={}, at=now):
        answer = effect()
        db.session.flush()
        write(_STORE_ANSWER, **row, new_answer=answer)
        return answer
    stored = db.session.connection().execute(_STORED, row).one()
    if stored.body_hash != fingerprint:
        raise RuleBroken(_("This form was already sent with other content. Reload the page and send it again."))
    return dict(stored.answer)
