"""What an aggregation sees: every counting score of a stage as arrays, read without one ORM object.

The database joins the bytes of each judge's sheets into one value, so that half a million sheets
arrive as a few thousand rows and become arrays without a Python loop over sheets.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import LargeBinary, String, cast, func, literal, select, type_coerce

from competition.calls.models import Stage
from competition.calls.queries import RubricView, current_rubric, rubric
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat
from competition.judging.scores import MISSING
from competition.kernel.canonical import encode

Ids = npt.NDArray[np.bytes_]  # dtype S16: the 16 bytes of a UUID, which compare as the UUIDs do
Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Snapshot:
    """The scores of one stage as they stood at one instant.

    Attributes
    ----------
    entry_ids
        Every submitted entry of the call ordered by entry code, scored or not; N of them.
    seat_ids
        Every accepted seat ordered by number.
    entry, seat
        int32 [n]: positions in ``entry_ids`` and ``seat_ids``; rows ordered by entry, then seat.
    scores
        int32 [n, C]: hundredths of a point in the order of ``rubric``;
        :data:`competition.judging.scores.MISSING` where an older rubric did not have the criterion
        or had it on another scale.
    rubric
        The stage's newest rubric version.
    rubric_version_ids, rubric_version
        The versions under which sheets were given, oldest first, and int32 [n] positions in it.
    quotes
        int64 [N]: minor units of the programme's currency.
    digest
        SHA-256 of all of the above in canonical form.
    """

    stage_id: UUID
    call_id: UUID
    entry_ids: tuple[UUID, ...]
    seat_ids: tuple[UUID, ...]
    entry: Int32
    seat: Int32
    scores: Int32
    rubric: RubricView
    rubric_version_ids: tuple[UUID, ...]
    rubric_version: Int32
    quotes: npt.NDArray[np.int64]
    sheets: Ids
    digest: str

    @property
    def sheet_ids(self) -> tuple[UUID, ...]:
        """The sheet behind each row."""
        raw = self.sheets.tobytes()
        return tuple(UUID(bytes=raw[at:at + 16]) for at in range(0, len(raw), 16))


def snapshot(stage_id: UUID) -> Snapshot:
    """Read the stage's scores that count: submitted, of cleared assignments and accepted seats, without
    a conflict, and given for the entry's present revision.

    Call it first in a transaction: on PostgreSQL it then makes that transaction REPEATABLE READ, so
    that all its statements see one instant. On SQLite every read transaction does.
    """
    _freeze()
    call_id = db.session.scalars(select(Stage.call_id).where(Stage.id == stage_id)).one()
    entries = db.session.execute(
        select(Entry.id, Entry.revision_id, Entry.quote_minor)
        .where(Entry.call_id == call_id, Entry.state == "submitted").order_by(Entry.code)
    ).all()
    seats = tuple(db.session.scalars(
        select(Seat.id).where(Seat.call_id == call_id, Seat.state == "accepted").order_by(Seat.number)
    ))
    view = current_rubric(stage_id)
    entry_ids = tuple(row.id for row in entries)
    quotes = np.array([row.quote_minor or 0 for row in entries], dtype=np.int64)
    rows = _Rows(entry_ids, [row.revision_id for row in entries], seats, view)
    rows.read(stage_id)
    rows.drop(_conflicts(call_id))
    rows.sort()
    digest = _digest(stage_id, entry_ids, seats, rows, view, quotes)
    return Snapshot(
        stage_id, call_id, entry_ids, seats, rows.entry, rows.seat, rows.scores, view, tuple(rows.versions),
        rows.version, quotes, rows.sheets, digest,
    )


class _Rows:
    """The sheets' columns while they are put together."""

    def __init__(
        self, entry_ids: tuple[UUID, ...], revisions: list[UUID | None], seat_ids: tuple[UUID, ...],
        view: RubricView,
    ) -> None:
        self.entries, self.seats, self.view = _Index(entry_ids), {s: i for i, s in enumerate(seat_ids)}, view
        self.revisions = _as_ids([revision or UUID(int=0) for revision in revisions])
        self.versions: list[UUID] = []
        self.entry = self.seat = self.version = np.empty(0, np.int32)
        self.scores = np.empty((0, len(view.criteria)), np.int32)
        self.sheets: Ids = np.empty(0, "S16")

    def read(self, stage_id: UUID) -> None:
        parts = [part for group in db.session.execute(_groups(stage_id)) for part in [self._part(group)]]
        if parts:
            columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
            self.entry, self.seat, self.version, self.scores, self.sheets = columns
            self.keep(self.entry >= 0)

    def _part(self, group: Any) -> tuple[npt.NDArray[Any], ...]:
        """One judge's sheets under one rubric version."""
        entry = self.entries.find(_bytes(group.entries))
        current = self.revisions[entry] == np.frombuffer(_bytes(group.revisions), "S16")
        count = len(entry)
        if group.rubric_version_id not in self.versions:
            self.versions.append(group.rubric_version_id)
        raw = np.frombuffer(_bytes(group.scores), "<i4").reshape(count, -1)
        return (
            np.where(current, entry, -1).astype(np.int32),
            np.full(count, self.seats[group.seat_id], np.int32),
            np.full(count, self.versions.index(group.rubric_version_id), np.int32),
            self._in_order(raw, group.rubric_version_id),
            np.frombuffer(_bytes(group.sheets), "S16"),
        )

    def _in_order(self, raw: Int32, version_id: UUID) -> Int32:
        """Scores given under another version, put in the present one's order where the scale is the same."""
        if version_id == self.view.id:
            return raw
        then = {c.key: (at, c.lo, c.hi) for at, c in enumerate(rubric(version_id).criteria)}
        out = np.full((len(raw), len(self.view.criteria)), MISSING, np.int32)
        for at, criterion in enumerate(self.view.criteria):
            found = then.get(criterion.key)
            if found is not None and found[1:] == (criterion.lo, criterion.hi):
                out[:, at] = raw[:, found[0]]
        return out

    def keep(self, chosen: npt.NDArray[Any]) -> None:
        self.entry, self.seat, self.version = self.entry[chosen], self.seat[chosen], self.version[chosen]
        self.scores, self.sheets = self.scores[chosen], self.sheets[chosen]

    def drop(self, pairs: list[tuple[UUID, UUID]]) -> None:
        """Leave out the given (seat, entry) pairs."""
        barred = [
            (entry, self.seats[seat]) for seat, entry_id in pairs
            if seat in self.seats and (entry := self.entries.at(entry_id)) is not None
        ]
        if barred:
            width = len(self.seats)
            out = np.array([entry * width + seat for entry, seat in barred], np.int64)
            self.keep(~np.isin(self.entry.astype(np.int64) * width + self.seat, out))

    def sort(self) -> None:
        """One order whatever the database's: by entry, then seat; versions oldest first."""
        used = sorted(set(np.unique(self.version).tolist()), key=lambda at: self.versions[at])
        place = np.full(len(self.versions) + 1, -1, np.int32)
        place[used] = np.arange(len(used), dtype=np.int32)
        self.version, self.versions = place[self.version], [self.versions[at] for at in used]
        self.keep(np.lexsort((self.seat, self.entry)))


class _Index:
    """Positions of entries by the bytes of their ids."""

    def __init__(self, ids: tuple[UUID, ...]) -> None:
        known = _as_ids(ids)
        self._order = np.argsort(known, kind="stable")
        self._sorted = known[self._order]

    def find(self, raw: bytes) -> npt.NDArray[np.int64]:
        """Positions of many ids; -1 for one that is not in the list."""
        wanted = np.frombuffer(raw, "S16")
        if not len(self._sorted):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        return np.where(self._sorted[at] == wanted, self._order[at], -1)

    def at(self, entry_id: UUID) -> int | None:
        found = int(self.find(entry_id.bytes)[0])
        return None if found < 0 else found


def _as_ids(ids: Any) -> Ids:
    return np.frombuffer(b"".join(one.bytes for one in ids), "S16")


def _freeze() -> None:
    session = db.session()
    if db.engine.dialect.name == "postgresql" and not session.in_transaction():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _groups(stage_id: UUID) -> Any:
    """Each judge's submitted sheets per rubric version, their columns joined to one value each."""
    return (
        select(
            Assignment.seat_id, ScoreSheet.rubric_version_id,
            _joined_ids(Assignment.entry_id).label("entries"),
            _joined_ids(ScoreSheet.revision_id).label("revisions"),
            _joined_ids(ScoreSheet.id).label("sheets"),
            _joined(ScoreSheet.scores).label("scores"),
        )
        .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .join(Seat, Seat.id == Assignment.seat_id)
        .where(
            Assignment.stage_id == stage_id, Assignment.state == "cleared", ScoreSheet.state == "submitted",
            Seat.state == "accepted",
        )
        .group_by(Assignment.seat_id, ScoreSheet.rubric_version_id)
    )


def _joined_ids(column: Any) -> Any:
    if db.engine.dialect.name == "sqlite":  # ids are stored as 32 hex digits
        return func.group_concat(type_coerce(column, String), "")
    return _joined(func.uuid_send(column))


def _joined(column: Any) -> Any:
    """Bytes of all rows of a group. All aggregates of a group are fed row by row, so that the k-th
    value of each belongs to the same sheet."""
    if db.engine.dialect.name == "sqlite":
        return func.group_concat(func.hex(column), "")
    return func.string_agg(type_coerce(column, LargeBinary), cast(literal(b""), LargeBinary))


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) else bytes(value)


def _conflicts(call_id: UUID) -> list[tuple[UUID, UUID]]:
    query = (
        select(Conflict.seat_id, Conflict.entry_id).join(Seat, Seat.id == Conflict.seat_id)
        .where(Seat.call_id == call_id)
    )
    return [(row.seat_id, row.entry_id) for row in db.session.execute(query)]


def _digest(
    stage_id: UUID, entry_ids: tuple[UUID, ...], seat_ids: tuple[UUID, ...], rows: _Rows, view: RubricView,
    quotes: npt.NDArray[np.int64],
) -> str:
    hasher = hashlib.sha256(b"snapshot/1\0")
    criteria = [[c.key, c.weight, c.lo, c.hi, c.step, c.gate, c.floor_percent] for c in view.criteria]
    hasher.update(encode({
        "stage": stage_id, "entries": len(entry_ids), "seats": len(seat_ids), "sheets": len(rows.entry),
        "rubric": view.id, "criteria": criteria, "versions": rows.versions,
    }))
    for block in (
        _as_ids(entry_ids), _as_ids(seat_ids), rows.entry.astype("<i4"), rows.seat.astype("<i4"),
        rows.version.astype("<i4"), rows.scores.astype("<i4"), quotes.astype("<i8"), rows.sheets,
    ):
        hasher.update(block.tobytes())
    return hasher.hexdigest()
