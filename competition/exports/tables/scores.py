"""One row per judge, entry and criterion, of every submitted score sheet that counts."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import exists, select

from competition.calls.models import Stage
from competition.calls.queries import RubricView, rubric
from competition.entries.models import Entry
from competition.exports.tables.columns import Batch, Column, Row, Table
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat
from competition.judging.queries.sealing import unsealed_sql
from competition.judging.scores import unpack
from competition.kernel.text.points import points

COLUMNS = (
    Column("call"), Column("entry"), Column("judge"), Column("criterion", width=20), Column("weight", "integer"),
    Column("min", "number"), Column("max", "number"), Column("score", "number"), Column("comment", width=60),
    Column("submitted_at", "instant", 20), Column("rubric_version", "integer"),
    Column("overall", width=60),
)


def rows(batch: Batch) -> Iterator[Row]:
    rubrics: dict[UUID, list[Row]] = {}
    has_conflict = exists().where(Conflict.seat_id == Seat.id, Conflict.entry_id == Entry.id)
    records = db.session.execute(
        select(Entry.code, Seat.number, ScoreSheet.rubric_version_id, ScoreSheet.scores, ScoreSheet.comments,
               ScoreSheet.submitted_at, ScoreSheet.overall)
        .select_from(Assignment).join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .join(Seat, Seat.id == Assignment.seat_id).join(Entry, Entry.id == Assignment.entry_id)
        .join(Stage, Stage.id == Assignment.stage_id)
        .where(Assignment.entry_id.in_(batch.entry_ids), Assignment.state == "cleared", unsealed_sql(),
               ScoreSheet.state == "submitted", ScoreSheet.voided_at.is_(None), Seat.state == "accepted", ~has_conflict)
        .order_by(Entry.code, Seat.number, Assignment.id)
    )
    for code, number, version_id, scores, comments, submitted_at, overall in records:
        if version_id not in rubrics:
            rubrics[version_id] = _criteria(rubric(version_id))
        judge = f"Judge {number}"
        texts = [*comments, *("" for _missing in rubrics[version_id])]
        for (key, weight, low, high, version), score, comment in zip(
            rubrics[version_id], unpack(scores), texts, strict=False
        ):
            value = None if score is None else points(score)
            yield (batch.call.code, code, judge, key, weight, low, high, value, comment, submitted_at, version,
                   overall)


def _criteria(view: RubricView) -> list[Row]:
    return [(c.key, c.weight, points(c.lo), points(c.hi), view.number) for c in view.criteria]


SCORES = Table("scores", COLUMNS, rows)
