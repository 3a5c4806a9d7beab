"""Selections under a budget, asked for and computed as an organizer's are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from competition.calls.models import Programme
from competition.decisions.models import Selection
from competition.decisions.service.selection import request_selection
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.web.access import Actor


def make_selection(
    programme_id: UUID, call_codes: Sequence[str], actor: Actor, run_jobs: Callable[[], list[str]], **options: Any
) -> Selection:
    """Select among the entries of these calls by their official scores; the selection may have failed."""
    with transaction.write():
        request_selection(
            programme=db.session.get_one(Programme, programme_id), call_codes=call_codes, actor=actor, now=clock.now(),
            **{"basis": "official", "threshold": None, "must": (), "exclude": (), **options})
    assert run_jobs() == ["decisions.select: done"]
    query = select(Selection).where(Selection.programme_id == programme_id).order_by(Selection.id.desc())
    selection = db.session.scalars(query).first()
    assert selection is not None and selection.state != "queued"
    return selection
