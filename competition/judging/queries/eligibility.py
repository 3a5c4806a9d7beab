"""The eligibility check of a call, for its organizers and for the team behind an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import contains_eager

from competition.calls.models import Call, Stage
from competition.entries.models import Entry, Membership, Revision, Team
from competition.entries.queries.entry_form import FileLine, late_files_of
from competition.extensions import db
from competition.judging.lifecycle import UNDECIDED
from competition.judging.models import EligibilityCheck
from competition.kernel.data.models import Signature
from competition.kernel.data.paging import Key, Page, PagedQuery
from competition.kernel.web.access import Actor

PAGE_SIZE = 50
REJECT, UPHOLD = "eligibility.reject", "eligibility.uphold"  # kinds of acts that a second person signs
UNCHECKED = EligibilityCheck(
    state="open", version=0, marks={}, note="", question="", answer="", reason="", objection="", reply="",
)


def eligibility_stage(call: Call) -> Stage | None:
    return db.session.scalar(select(Stage).where(Stage.call_id == call.id, Stage.kind == "eligibility"))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many submitted entries of a call are in each state of their check."""

    by_state: dict[str, int]

    def of(self, *states: str) -> int:
        return sum(self.by_state.get(state, 0) for state in states)

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def undecided(self) -> int:
        return self.of(*UNDECIDED)


_state: ColumnElement[str] = func.coalesce(EligibilityCheck.state, "open")
_BY_ENTRY = and_(EligibilityCheck.entry_id == Entry.id, EligibilityCheck.stage_id == Stage.id)


def counts(call: Call) -> Counts:
    query = (
        select(_state.label("state"), func.count().label("n"))
        .select_from(Entry).join(Stage, and_(Stage.call_id == Entry.call_id, Stage.kind == "eligibility"))
        .outerjoin(EligibilityCheck, _BY_ENTRY)
        .where(Entry.call_id == call.id, Entry.state == "submitted").group_by(_state)
    )
    return Counts({row.state: row.n for row in db.session.execute(query)})


@dataclass(frozen=True, slots=True)
class CheckLine:
    """An entry in the list. ``unmet`` counts points marked as not met; ``signature`` names a rejection that waits."""

    code: str
    team: str
    native_name: str
    country: str
    quote_minor: int | None
    state: str
    marks: dict[str, str] | None
    answer_until: datetime | None
    signature: str | None

    @property
    def met(self) -> int:
        return sum(mark == "met" for mark in (self.marks or {}).values())

    @property
    def unmet(self) -> int:
        return sum(mark == "unmet" for mark in (self.marks or {}).values())


def lines(call: Call, view: str, cursor: str | None, size: int = PAGE_SIZE) -> Page[CheckLine]:
    """A page of the submitted entries by code, all or those in one state."""
    statement: Any = (
        select(
            Entry.code, Team.name.label("team"), Team.native_name, Team.country, Entry.quote_minor,
            _state.label("state"), EligibilityCheck.marks, EligibilityCheck.answer_until,
            Signature.code.label("signature"),
        )
        .join(Team, Team.id == Entry.team_id)
        .join(Stage, and_(Stage.call_id == Entry.call_id, Stage.kind == "eligibility"))
        .outerjoin(EligibilityCheck, _BY_ENTRY)
        .outerjoin(Signature, and_(
            Signature.subject == Entry.code, Signature.state == "proposed", Signature.kind.in_((REJECT, UPHOLD)),
        ))
        .where(Entry.call_id == call.id, Entry.state == "submitted")
    )
    if view:
        statement = statement.where(_state == view)
    return PagedQuery(lambda: statement, (Key(Entry.code, "code"),), CheckLine).page(cursor, size)


@dataclass(frozen=True, slots=True)
class Passable:
    """An entry that can be passed with others: every point of the checklist is marked as met."""

    code: str
    team: str


def passable(call: Call) -> list[Passable]:
    """The undecided entries whose every point is met, by code."""
    query = (
        select(Entry.code, Team.name.label("team"), EligibilityCheck.marks)
        .join(Team, Team.id == Entry.team_id)
        .join(EligibilityCheck, EligibilityCheck.entry_id == Entry.id)
        .join(Stage, and_(Stage.id == EligibilityCheck.stage_id, Stage.call_id == Entry.call_id))
        .where(Entry.call_id == call.id, Entry.state == "submitted", EligibilityCheck.state.in_(("open", "answered")))
        .order_by(Entry.code)
    )
    points = {point["key"] for point in call.checklist}
    return [
        Passable(row.code, row.team) for row in db.session.execute(query)
        if points and all(row.marks.get(key) == "met" for key in points)
    ]


@dataclass(frozen=True, slots=True)
class CheckView:
    """One entry at the check, for organizers: the check, the entry with team and revision, files added since."""

    check: EligibilityCheck
    entry: Entry
    files: list[FileLine]
    signature: str | None


def check_view(call: Call, entry_code: str) -> CheckView | None:
    """One submitted entry of a call that has an eligibility stage."""
    row = db.session.execute(
        select(Entry, EligibilityCheck, Signature.code)
        .join(Entry.team).join(Revision, Revision.id == Entry.revision_id)
        .join(Stage, and_(Stage.call_id == Entry.call_id, Stage.kind == "eligibility"))
        .outerjoin(EligibilityCheck, _BY_ENTRY)
        .outerjoin(Signature, and_(
            Signature.subject == Entry.code, Signature.state == "proposed", Signature.kind.in_((REJECT, UPHOLD)),
        ))
        .options(contains_eager(Entry.team))
        .where(Entry.call_id == call.id, Entry.code == entry_code, Entry.state == "submitted")
    ).one_or_none()
    if row is None:
        return None
    entry, check, signature = row
    return CheckView(check or UNCHECKED, entry, late_files_of(entry.id), signature)


def next_undecided(call: Call, after: str) -> str | None:
    """The code of the next entry to look at: the first undecided one behind ``after``, else the first of all."""
    behind = case((Entry.code > after, 0), else_=1)
    query = (
        select(Entry.code).join(Stage, and_(Stage.call_id == Entry.call_id, Stage.kind == "eligibility"))
        .outerjoin(EligibilityCheck, _BY_ENTRY)
        .where(Entry.call_id == call.id, Entry.state == "submitted", _state.in_(UNDECIDED - {"asked"}),
               Entry.code != after)
        .order_by(behind, Entry.code).limit(1)
    )
    return db.session.scalar(query)


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """The eligibility check of one's own entry; ``stage_state`` is planned, open or closed."""

    call: Call
    entry_id: Any
    entry_code: str
    stage_state: str
    check: EligibilityCheck

    def may_answer(self, now: datetime) -> bool:
        return self.check.state == "asked" and self._in_time(now)

    def may_object(self, now: datetime) -> bool:
        return self.check.state == "rejected" and self._in_time(now)

    def _in_time(self, now: datetime) -> bool:
        return self.check.answer_until is None or now <= self.check.answer_until


def own_check(actor: Actor, entry_code: str) -> OwnCheck | None:
    """The check of a submitted entry of one's own team; None while the call has no such stage or it has not begun."""
    row = db.session.execute(
        select(Entry, Stage.state, EligibilityCheck)
        .join(Membership, Membership.team_id == Entry.team_id)
        .join(Entry.call).join(Call.programme)
        .join(Stage, and_(Stage.call_id == Entry.call_id, Stage.kind == "eligibility"))
        .outerjoin(EligibilityCheck, _BY_ENTRY)
        .options(contains_eager(Entry.call).contains_eager(Call.programme))
        .where(
            Entry.code == entry_code, Entry.state == "submitted", Membership.user_id == actor.user_id,
            Stage.state != "planned",
        )
    ).one_or_none()
    if row is None:
        return None
    entry, stage_state, check = row
    return OwnCheck(entry.call, entry.id, entry.code, stage_state, check or UNCHECKED)
