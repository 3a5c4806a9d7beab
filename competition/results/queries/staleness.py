"""Whether the scores that an aggregation read have changed since."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, and_, bindparam, exists, func, or_, select

from competition.calls.models import RubricVersion
from competition.extensions import db
from competition.judging.models import Assignment
from competition.kernel.data.models import AuditEvent, AuditHead
from competition.kernel.data.query import one_of
from competition.results.models import Run

# The audit actions after which an aggregation may read something else.
CHANGES = (
    "sheet.submitted", "sheet.reopened", "sheet.adopted", "conflict.declared", "conflict.challenged", "conflict.found",
    "conflict.undone", "seat.accepted", "seat.removed", "entry.submitted", "entry.withdrawn",
)


def log_place(call_id: UUID) -> int:
    """How far a call's log has come. Its events are numbered in the order of their commits."""
    return db.session.scalar(select(AuditHead.seq).where(AuditHead.chain == str(call_id))) or 0


def changed_since(run: Run) -> bool:
    """Whether the audit log has an event since the run that can change scores, judges, conflicts, entries or criteria.

    One statement, quick however many sheets there are, for pages that warn; the commands compare the digests of
    all that counts, which is exact. What changed and was put back is a change here.
    """
    place, number = run.summary.get("log_place"), run.summary.get("rubric_number")
    if place is None:
        return False
    parameters = {"chain": str(run.call_id), "place": place, "stage": run.stage_id, "number": number}
    return bool(db.session.connection().scalar(_changed(), parameters))


@cache
def _changed() -> Select[Any]:
    counts_again = exists().where(Assignment.code == AuditEvent.subject, Assignment.progress == "submitted")
    logged = exists().where(
        AuditEvent.chain == bindparam("chain"), AuditEvent.seq > bindparam("place"),
        or_(one_of(AuditEvent.action, CHANGES), and_(AuditEvent.action == "conflict.none", counts_again)),
    )
    newest = (
        select(func.max(RubricVersion.number)).where(RubricVersion.stage_id == bindparam("stage")).scalar_subquery()
    )
    return select(or_(logged, newest != bindparam("number", type_=Integer)))
