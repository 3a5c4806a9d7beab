"""One row per judge, entry, version and criterion: every score that was ever submitted, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import exists, select

from competition.calls.models import Stage
from competition.calls.queries import RubricView, rubric
from competition.entries.models import Entry
from competition.exports.tables.columns import Batch, Column, Row, Table
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat, SheetVersion
from competition.judging.queries.sealing import unsealed_sql
from competition.kernel.text.points import points

COLUMNS = (
    Column("call"), Column("stage", "integer"), Column("entry"), Column("judge"), Column("version", "integer"),
    Column("state"), Column("criterion", width=20), Column("score", "number"), Column("comment", width=60),
    Column("overall", width=60), Column("submitted_at", "instant", 20), Column("changed_at", "instant", 20),
    Column("reason", width=60), Column("rubric_version", "integer"), Column("digest", width=66),
)


def rows(batch: Batch) -> Iterator[Row]:
    """In the order of entries, judges and versions.

    ``state`` is *counts*, *reopened* (a later version may follow), *voided*, or *set_aside*: the judge is no longer on
    the panel, or may not judge the entry. ``changed_at`` and ``reason`` tell of reopening and voiding; ``digest`` is
    the one in the log.
    """
    rubrics: dict[UUID, RubricView] = {}
    has_conflict = exists().where(Conflict.seat_id == Seat.id, Conflict.entry_id == Entry.id)
    may_not = has_conflict | (Assignment.state != "cleared") | (Seat.state != "accepted")
    records = db.session.execute(
        select(Stage.position, Entry.code, Seat.number, SheetVersion, ScoreSheet.voided_at,
               ScoreSheet.void_reason, may_not.label("may_not"))
        .select_from(Assignment).join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .join(SheetVersion, SheetVersion.sheet_id == ScoreSheet.id).join(Seat, Seat.id == Assignment.seat_id)
        .join(Entry, Entry.id == Assignment.entry_id).join(Stage, Stage.id == Assignment.stage_id)
        .where(Assignment.entry_id.in_(batch.entry_ids), unsealed_sql())
        .order_by(Entry.code, Stage.position, Seat.number, SheetVersion.number)
    )
    for position, code, number, version, voided_at, void_reason, out in records:
        content = version.content
        version_id = UUID(content["rubric_version"])
        if version_id not in rubrics:
            rubrics[version_id] = rubric(version_id)
        view = rubrics[version_id]
        state, changed_at, reason = _fate(version, voided_at, void_reason, out)
        texts = [*content["comments"], *("" for _missing in view.criteria)]
        for criterion, score, comment in zip(view.criteria, content["scores"], texts, strict=False):
            value = None if score is None else points(score)
            yield (batch.call.code, position, code, f"Judge {number}", version.number, state, criterion.key, value,
                   comment, content["overall"], version.submitted_at, changed_at, reason, view.number, version.digest)


def _fate(version: SheetVersion, voided_at: object, void_reason: str, out: bool) -> tuple[str, object, str]:
    """State, instant and reason of the last change of one version; the sheet was voided as its last version."""
    if version.reopened_at is not None:
        return "reopened", version.reopened_at, version.reopened_reason
    if voided_at is not None:
        return "voided", voided_at, void_reason
    return "set_aside" if out else "counts", None, ""


VERSIONS = Table("versions", COLUMNS, rows)
