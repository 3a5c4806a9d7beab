"""One effect per intention: the same key with the same body gives the stored answer again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

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
    kept = db.session.get(IdempotencyKey, (actor_id, action, key[:64]))
    if kept is None:
        kept = IdempotencyKey(
            actor_id=actor_id, action=action, key=key[:64], body_hash=fingerprint, answer={}, at=now
        )
        db.session.add(kept)
        db.session.flush()
        kept.answer = effect()
    elif kept.body_hash != fingerprint:
        raise RuleBroken(_("This form was already sent with other content. Reload the page and send it again."))
    return kept.answer
