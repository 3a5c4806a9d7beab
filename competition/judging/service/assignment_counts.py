"""Keep each seat's count of assignments by progress in step with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from competition.extensions import db
from competition.judging.models import Seat
from competition.judging.queries.tasks import tallies

_seat: Any = Seat.__table__
_store = update(_seat).where(_seat.c.id == bindparam("seat")).values(tally=bindparam("counts"))


def recount(seat_ids: Iterable[UUID]) -> None:
    """Count anew, after a change of progress, in its transaction.

    The seats are locked first: of two changes at once, the later one counts both.
    """
    ids = sorted(set(seat_ids), key=lambda one: one.bytes)
    if not ids:
        return
    db.session.flush()
    db.session.execute(select(_seat.c.id).where(_seat.c.id.in_(ids)).order_by(_seat.c.id).with_for_update())
    counted = tallies(ids)
    db.session.connection().execute(_store, [{"seat": seat_id, "counts": counted[seat_id]} for seat_id in ids])
