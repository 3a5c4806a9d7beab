"""What an aggregation sees: every counting score of a stage as arrays, read without one ORM object.

The database joins the bytes of each judge's sheets into one value, so that half a million sheets
arrive as a few thousand rows and become arrays without a Python loop over sheets.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import LargeBinary, String, cast, func, literal, select, type_coerce

from competition.calls.models import RubricVersion, Stage
from competition.calls.queries import RubricView, rubric
from competition.entries.models import Entry, Membership
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat
from competition.judging.queries.dependent_seats import dependent_seats
from competition.judging.queries.participants import takes_part
from competition.judging.scores import MISSING
from competition.kernel.data.batches import batches
from competition.kernel.data.canonical import encode

Ids = npt.NDArray[np.bytes_]  # dtype S16: the 16 bytes of a UUID, which compare as the UUIDs do
Int32 = npt.NDArray[np.int32]
IN_MOST = 1000  # values in one list of a statement
WHY = {"recused": "conflict", "assigned": "unanswered", "removed": "seat"}  # why a sheet counts for nothing, by state


@dataclass(frozen=True)
class Snapshot:
    """The scores of one stage as they stood at one instant.

    Attributes
    ----------
    entry_ids
        Every entry that takes part in the stage, ordered by entry code, scored or not; N of them.
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
    left_out
        Submitted sheets that do not count, by why: ``conflict``, ``dependent`` (of a judge with a role in the
        programme or a team in the call), ``unanswered`` (a lifted conflict about which
        the judge has not been asked again), ``seat`` (off the panel), ``older`` (another revision of the
        entry), ``voided``, ``withdrawn``. With those that count these are all submitted sheets of the stage.
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
    left_out: dict[str, int]

    @property
    def sheet_ids(self) -> tuple[UUID, ...]:
        """The sheet behind each row."""
        return _uuids(self.sheets)


def snapshot(stage_id: UUID) -> Snapshot:
    """Read the stage's scores that count: submitted, of cleared assignments and accepted seats, without
    a conflict and not for the judge's own team, and given for the entry's present revision.

    Call it first in a transaction: on PostgreSQL it then makes that transaction REPEATABLE READ, so
    that all its statements see one instant. On SQLite every read transaction does.
    """
    _freeze()
    seen = _read(stage_id)
    rows = seen.rows
    rows.left_out.update(_not_cleared(stage_id))
    return Snapshot(
        stage_id, seen.call_id, _uuids(seen.entry_ids), seen.seats, rows.entry, rows.seat, rows.scores, rows.view,
        tuple(rows.versions), rows.version, seen.quotes, rows.sheets, _digest(stage_id, seen),
        {why: count for why, count in sorted(rows.left_out.items()) if count},
    )


def digest_now(stage_id: UUID) -> str:
    """The digest that :func:`snapshot` would have, for less than half of its time."""
    _freeze()
    return _digest(stage_id, _read(stage_id))


@dataclass(frozen=True)
class _Seen:
    """All that the digest is over, in its order."""

    call_id: UUID
    entry_ids: Ids
    seats: tuple[UUID, ...]
    rows: _Rows
    quotes: npt.NDArray[np.int64]


def _read(stage_id: UUID) -> _Seen:
    call_id = db.session.scalars(select(Stage.call_id).where(Stage.id == stage_id)).one()
    ids, revisions, quotes = _entries(stage_id, call_id)
    seats = tuple(db.session.scalars(
        select(Seat.id).where(Seat.call_id == call_id, Seat.state == "accepted").order_by(Seat.number)
    ))
    rows = _Rows(ids, revisions, _as_ids(seats), rubric_versions(stage_id))
    rows.read(stage_id)
    rows.drop(conflicting_pairs(call_id), "conflict")
    rows.drop_seats(dependent_seats(call_id), "dependent")
    rows.sort()
    return _Seen(call_id, ids, seats, rows, quotes)


def rubric_versions(stage_id: UUID) -> list[RubricView]:
    """Every version of a stage's rubric, oldest first."""
    query = select(RubricVersion.id).where(RubricVersion.stage_id == stage_id).order_by(RubricVersion.number)
    return [rubric(version_id) for version_id in db.session.scalars(query).all()]


class _Rows:
    """The sheets' columns while they are put together."""

    def __init__(
        self, entry_ids: Ids, revisions: Ids, seat_ids: Ids, views: list[RubricView],
    ) -> None:
        self.entries, self.seats = _Index(entry_ids), _Index(seat_ids)
        self.views, self.view = views, views[-1]
        self.revisions = revisions
        self.versions = [view.id for view in views]
        self.entry = self.seat = self.version = np.empty(0, np.int32)
        self.scores = np.empty((0, len(self.view.criteria)), np.int32)
        self.sheets: Ids = np.empty(0, "S16")
        self.left_out: Counter[str] = Counter()

    def read(self, stage_id: UUID) -> None:
        joined = db.session.execute(_joined_sheets(stage_id)).one()
        if joined.sheets is None:
            return
        entry = self.entries.find(_ids(joined.entries))
        seat = self.seats.find(_ids(joined.seats))
        self.entry, self.seat, self.sheets = entry, seat, _ids(joined.sheets)
        self.scores = self._scores(_ids(joined.versions), _bytes(joined.scores))
        entered, seated = entry >= 0, seat >= 0
        current = entered.copy()
        current[entered] = self.revisions[entry[entered]] == _ids(joined.revisions)[entered]
        self.left_out.update(
            withdrawn=int((~entered).sum()), seat=int((entered & ~seated).sum()),
            older=int((entered & seated & ~current).sum()),
        )
        self.keep(seated & current)

    def _scores(self, version_ids: Ids, raw: bytes) -> Int32:
        """Every sheet's scores in the present rubric's order, whichever version it was given under."""
        views = self.views
        self.version = _Index(_as_ids(self.versions)).find(version_ids)
        width = np.array([len(view.criteria) for view in views])[self.version]
        start = np.cumsum(width) - width
        values = np.frombuffer(raw, "<i4")
        if len(views) == 1:
            return values.reshape(len(version_ids), -1)
        out = np.full((len(version_ids), len(self.view.criteria)), MISSING, np.int32)
        for number, view in enumerate(views):
            rows = np.flatnonzero(self.version == number)
            then = {(c.key, c.lo, c.hi): at for at, c in enumerate(view.criteria)}
            for at, c in enumerate(self.view.criteria):
                if (c.key, c.lo, c.hi) in then:
                    out[rows, at] = values[start[rows] + then[c.key, c.lo, c.hi]]
        return out

    def keep(self, chosen: npt.NDArray[Any]) -> None:
        self.entry, self.seat, self.version = self.entry[chosen], self.seat[chosen], self.version[chosen]
        self.scores, self.sheets = self.scores[chosen], self.sheets[chosen]

    def drop(self, pairs: list[tuple[UUID, UUID]], why: str) -> None:
        """Leave out the given (seat, entry) pairs."""
        if pairs and len(self.entry):
            seat = self.seats.find(_as_ids([pair[0] for pair in pairs])).astype(np.int64)
            entry = self.entries.find(_as_ids([pair[1] for pair in pairs])).astype(np.int64)
            present = (seat >= 0) & (entry >= 0)
            width = int(self.seat.max(initial=0)) + int(seat.max(initial=0)) + 1
            barred = entry[present] * width + seat[present]
            out = np.isin(self.entry.astype(np.int64) * width + self.seat, barred)
            self.left_out[why] += int(out.sum())
            self.keep(~out)

    def drop_seats(self, seat_ids: list[UUID], why: str) -> None:
        """Leave out all rows of the given seats."""
        out = np.isin(self.seat, self.seats.find(_as_ids(seat_ids))) if seat_ids else np.zeros(len(self.seat), bool)
        self.left_out[why] += int(out.sum())
        self.keep(~out)

    def sort(self) -> None:
        """One order whatever the database's: by entry, then seat; versions oldest first."""
        used = np.unique(self.version).tolist()
        place = np.full(len(self.versions) + 1, -1, np.int32)
        place[used] = np.arange(len(used), dtype=np.int32)
        self.version, self.versions = place[self.version], [self.versions[at] for at in used]
        self.keep(np.lexsort((self.seat, self.entry)))


class _Index:
    """Positions of ids. Their last eight bytes, nearly always distinct, are compared first as numbers."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        numbers = _numbers(self._ids)
        self._short = len(np.unique(numbers)) == len(numbers)
        keys: npt.NDArray[Any] = numbers if self._short else self._ids
        self._order = np.argsort(keys, kind="stable").astype(np.int32)
        self._sorted = keys[self._order]

    def find(self, wanted: Ids) -> Int32:
        """Positions of many ids; -1 for one that is not in the list."""
        if not len(self._ids):
            return np.full(len(wanted), -1, np.int32)
        keys: npt.NDArray[Any] = _numbers(wanted) if self._short else wanted
        positions = self._order[np.minimum(np.searchsorted(self._sorted, keys), len(self._ids) - 1)]
        return np.where(self._ids[positions] == wanted, positions, np.int32(-1))


def _numbers(ids: Ids) -> npt.NDArray[np.uint64]:
    return np.ascontiguousarray(ids).view("<u8")[1::2]


def _uuids(ids: Ids) -> tuple[UUID, ...]:
    raw = ids.tobytes()
    return tuple(UUID(bytes=raw[start:start + 16]) for start in range(0, len(raw), 16))


def _as_ids(ids: Any) -> Ids:
    return np.frombuffer(b"".join(one.bytes for one in ids), "S16")


def _freeze() -> None:
    session = db.session()
    if db.engine.dialect.name == "postgresql" and not session.in_transaction():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _entries(stage_id: UUID, call_id: UUID) -> tuple[Ids, Ids, npt.NDArray[np.int64]]:
    """Ids, present revisions and quotes of the submitted entries that take part in a stage, by entry code."""
    row = db.session.execute(
        select(
            _joined_ids(Entry.id).label("ids"),
            _joined_ids(func.coalesce(Entry.revision_id, Entry.id)).label("revisions"),
            _listed(Entry.code).label("codes"),
            _listed(cast(func.coalesce(Entry.quote_minor, 0), String)).label("quotes"),
        ).where(Entry.call_id == call_id, takes_part(stage_id))
    ).one()
    if row.ids is None:
        return np.empty(0, "S16"), np.empty(0, "S16"), np.empty(0, np.int64)
    order = np.argsort(np.array(row.codes.split(" "), "S32"), kind="stable")
    quotes = np.array(row.quotes.split(" "), dtype=np.int64)
    return _ids(row.ids)[order], _ids(row.revisions)[order], quotes[order]


def _joined_sheets(stage_id: UUID) -> Any:
    """The counting sheets of a stage, each column joined to one value.

    All aggregates of a query are fed row by row, so the k-th value of each belongs to the same sheet.
    """
    return (
        select(
            _joined_ids(Assignment.seat_id).label("seats"),
            _joined_ids(Assignment.entry_id).label("entries"),
            _joined_ids(ScoreSheet.revision_id).label("revisions"),
            _joined_ids(ScoreSheet.rubric_version_id).label("versions"),
            _joined_ids(ScoreSheet.id).label("sheets"),
            _joined(ScoreSheet.scores).label("scores"),
        )
        .select_from(ScoreSheet).join(Assignment, ScoreSheet.assignment_id == Assignment.id)
        # SQLite else walks the stage's index and jumps through both tables: five times slower.
        .with_hint(Assignment, "INDEXED BY sqlite_autoindex_assignment_1", "sqlite")
        .where(
            Assignment.stage_id == stage_id, Assignment.state == "cleared", ScoreSheet.state == "submitted",
            ScoreSheet.voided_at.is_(None),
        )
    )


def _joined_ids(column: Any) -> Any:
    if db.engine.dialect.name == "sqlite":  # where ids are stored as 32 hex digits
        return func.group_concat(type_coerce(column, String), "")
    return _joined(func.uuid_send(column))


def _joined(column: Any) -> Any:
    if db.engine.dialect.name == "sqlite":
        return func.group_concat(func.hex(column), "")
    return func.string_agg(type_coerce(column, LargeBinary), cast(literal(b""), LargeBinary))


def _listed(column: Any) -> Any:
    joiner = func.group_concat if db.engine.dialect.name == "sqlite" else func.string_agg
    return joiner(column, " ")


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) else bytes(value or b"")


def _ids(value: Any) -> Ids:
    return np.frombuffer(_bytes(value), "S16")


def conflicting_pairs(call_id: UUID) -> list[tuple[UUID, UUID]]:
    """Pairs with a conflict that is written down, and those of judges with entries of their own teams."""
    written = (
        select(Conflict.seat_id, Conflict.entry_id).join(Seat, Seat.id == Conflict.seat_id)
        .where(Seat.call_id == call_id)
    )
    pairs = {(row[0], row[1]) for row in db.session.execute(written)}
    # In two steps: SQLite else tries every entry with every seat.
    teams = defaultdict[UUID, list[UUID]](list)
    for seat, team in db.session.execute(
        select(Seat.id, Membership.team_id).join(Membership, Membership.user_id == Seat.user_id)
        .where(Seat.call_id == call_id)
    ):
        teams[team].append(seat)
    for batch in batches(list(teams), IN_MOST):
        own = select(Entry.id, Entry.team_id).where(Entry.call_id == call_id, Entry.team_id.in_(batch))
        pairs.update((seat, entry) for entry, team in db.session.execute(own) for seat in teams[team])
    return list(pairs)


def _not_cleared(stage_id: UUID) -> dict[str, int]:
    """Submitted sheets of assignments that are not cleared, by why they do not count."""
    query = (
        select(Assignment.state, func.count()).join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .where(Assignment.stage_id == stage_id, Assignment.state != "cleared", ScoreSheet.state == "submitted",
               ScoreSheet.voided_at.is_(None))
        .group_by(Assignment.state)
    )
    voided = select(func.count()).select_from(Assignment).join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
    counts = {WHY[state]: count for state, count in db.session.execute(query)}
    return counts | {"voided": db.session.scalar(
        voided.where(Assignment.stage_id == stage_id, ScoreSheet.voided_at.is_not(None))
    ) or 0}


def _digest(stage_id: UUID, seen: _Seen) -> str:
    entry_ids, seat_ids, rows, view = seen.entry_ids, _as_ids(seen.seats), seen.rows, seen.rows.view
    hasher = hashlib.sha256(b"snapshot/1\0")
    criteria = [[c.key, c.weight, c.lo, c.hi, c.step, c.gate, c.floor_percent] for c in view.criteria]
    hasher.update(encode({
        "stage": stage_id, "entries": len(entry_ids), "seats": len(seat_ids), "sheets": len(rows.entry),
        "rubric": view.id, "criteria": criteria, "versions": rows.versions,
    }))
    for block in (
        entry_ids, seat_ids, rows.entry.astype("<i4"), rows.seat.astype("<i4"),
        rows.version.astype("<i4"), rows.scores.astype("<i4"), seen.quotes.astype("<i8"), rows.sheets,
    ):
        hasher.update(block.tobytes())
    return hasher.hexdigest()
