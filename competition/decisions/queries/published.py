"""Reads behind the public pages of results; nothing here is about a single judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from competition.calls.lifecycle import RESULT_PUBLIC
from competition.calls.models import Call, CallChange
from competition.decisions.models import Publication, PublishedDecision
from competition.entries.models import Entry
from competition.extensions import db
from competition.results.models import LotteryDraw, Run, RunEntry
from competition.results.queries.analysis import EntryName, draw_of, named_draw


@dataclass(frozen=True, slots=True)
class PublicCall:
    """One published result in the public list."""

    code: str
    title: dict[str, str]
    owner: dict[str, str]
    state: str
    published_at: datetime
    notice_until: datetime
    zone: str
    selected: int
    entries: int


@dataclass(frozen=True, slots=True)
class Winner:
    """A selected or reserve entry: named once published."""

    code: str
    team: str
    native_name: str
    country: str
    outcome: str
    rank: int | None
    tied: bool
    official: float | None
    calibrated: float | None
    standard_error: float | None
    rank_lo: int | None
    rank_hi: int | None
    n_judges: int
    close_call: bool
    award_minor: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a result in the list of them."""

    number: int
    published_at: datetime
    notice_until: datetime
    restarted: bool
    reason: dict[str, str]
    digest: str


@dataclass(frozen=True, slots=True)
class PublicResult:
    """Everything that the public page of one version of a call's result shows.

    ``versions``: all of them, the newest first. ``facts["changes"]``: decisions that differ from the version
    before, as ``{code, before, after, award_before, award_after}``. ``draw`` and ``drawn``: the public draw and between
    whom it was, in a call that announced one.
    """

    call: Call
    version: Version
    versions: list[Version]
    run: Run
    note: dict[str, str]
    facts: dict[str, Any]
    selected: list[Winner]
    reserve: list[Winner]
    others: list[str]
    changes: list[CallChange]
    draw: LotteryDraw | None
    drawn: list[tuple[EntryName, float, bool]]

    @property
    def calibration(self) -> dict[str, Any]:
        """What the run's calibration says of the whole call; empty where there is none."""
        return self.run.summary.get("calibration") or {}

    @property
    def current(self) -> bool:
        """Whether this version is the one in force."""
        return self.version.number == self.versions[0].number

    @property
    def successor(self) -> Version | None:
        """The version that replaced this one."""
        later = [version for version in self.versions if version.number == self.version.number + 1]
        return later[0] if later else None

    def on_notice(self, now: datetime) -> bool:
        """Whether objections are still taken: the notice runs until its end, or until pilots begin."""
        running = now <= self.version.notice_until
        return self.current and (self.call.state == "notice" or (running and self.call.state == "piloting"))


OTHERS_MOST = 2000


def current_publication(call_id: UUID) -> Publication | None:
    """The version of a call's result that is in force; None while nothing is published."""
    query = select(Publication).where(Publication.call_id == call_id).order_by(Publication.number.desc())
    return db.session.scalars(query.limit(1)).first()


def in_force() -> Any:
    """A subquery of the newest version number of every call: ``call_id, number``."""
    return (
        select(Publication.call_id, func.max(Publication.number).label("number")).group_by(Publication.call_id)
        .subquery()
    )


def published_calls() -> list[PublicCall]:
    """Calls with a public result, newest first."""
    newest = in_force()
    rows = db.session.execute(
        select(Call, Publication).join(Publication, Publication.call_id == Call.id)
        .join(newest, (newest.c.call_id == Publication.call_id) & (newest.c.number == Publication.number))
        .where(Call.state.in_(RESULT_PUBLIC)).options(joinedload(Call.programme))
        .order_by(Publication.published_at.desc()).limit(200)
    )
    return [
        PublicCall(call.code, call.title, call.owner, call.state, publication.published_at, publication.notice_until,
                   call.programme.zone, publication.facts["selected"], publication.facts["entries"])
        for call, publication in rows
    ]


def public_result(call_code: str, number: int | None = None) -> PublicResult | None:
    """A call's public result in force, or one version of it; None while there is none."""
    call = db.session.scalar(
        select(Call).options(joinedload(Call.programme)).where(Call.code == call_code, Call.state.in_(RESULT_PUBLIC))
    )
    rows = [] if call is None else db.session.execute(
        select(Publication, Run).join(Run, Run.id == Publication.run_id)
        .where(Publication.call_id == call.id).order_by(Publication.number.desc())
    ).all()
    chosen = next((row for row in rows if number in {None, row.Publication.number}), None)
    if call is None or chosen is None:
        return None
    publication, run = chosen
    winners = _winners(publication)
    versions = [version_of(row.Publication) for row in rows]
    return PublicResult(
        call=call, version=version_of(publication), versions=versions, run=run,
        note=publication.note, facts=publication.facts,
        selected=[winner for winner in winners if winner.outcome == "selected"],
        reserve=[winner for winner in winners if winner.outcome == "reserve"],
        others=_others(publication),
        changes=_changes(call, None if publication.number == versions[0].number else publication.published_at),
        draw=draw_of(run) if run.parameters.get("lottery") else None,
        drawn=named_draw(run) if run.parameters.get("lottery") else [],
    )


def version_of(publication: Publication) -> Version:
    return Version(publication.number, publication.published_at, publication.notice_until, publication.restarted,
                   publication.reason, publication.digest)


def _winners(publication: Publication) -> list[Winner]:
    rows: Any = db.session.execute(
        select(
            Entry.code, PublishedDecision.team, PublishedDecision.native_name, PublishedDecision.country,
            PublishedDecision.outcome, RunEntry.rank, RunEntry.tied, RunEntry.official_value, RunEntry.calibrated,
            RunEntry.standard_error, RunEntry.rank_lo, RunEntry.rank_hi, RunEntry.n_judges,
            RunEntry.close_call, PublishedDecision.award_minor,
        )
        .select_from(PublishedDecision).join(Entry, Entry.id == PublishedDecision.entry_id)
        .join(RunEntry, (RunEntry.entry_id == Entry.id) & (RunEntry.run_id == publication.run_id))
        .where(PublishedDecision.publication_id == publication.id,
               PublishedDecision.outcome.in_(("selected", "reserve")))
        .order_by(RunEntry.by_rank)
    )
    return [Winner(*row) for row in rows]


def _others(publication: Publication) -> list[str]:
    """Codes of entries that were not selected: their teams stay unnamed."""
    return list(db.session.scalars(
        select(Entry.code).join(PublishedDecision, PublishedDecision.entry_id == Entry.id)
        .where(PublishedDecision.publication_id == publication.id, PublishedDecision.outcome == "not_selected")
        .order_by(Entry.code).limit(OTHERS_MOST)
    ))


def _changes(call: Call, until: datetime | None) -> list[CallChange]:
    """Changes of the call; for a version that was replaced only those made before it."""
    query = select(CallChange).where(CallChange.call_id == call.id)
    if until is not None:
        query = query.where(CallChange.at <= until)
    return list(db.session.scalars(query.order_by(CallChange.at.desc()).limit(50)))
