"""Judged calls: entries, a panel, and submitted score sheets."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import insert, select, update

from competition.accounts.models import User
from competition.calls.models import Call, Programme, Stage
from competition.calls.queries import current_rubric, deciding_stage, stages
from competition.calls.standard_rubric import CriterionDraft
from competition.demo.seals import seal_all
from competition.entries.models import Entry, Membership, Revision, Team
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat, StageOutcome
from competition.judging.scores import pack, total
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from tests.factories.calls import NOW, make_call
from tests.factories.entries import full_answers

_counter = itertools.count(1)
# Two criteria of equal weight, the second a gate at 60 %: small enough to compute by hand.
TWO = (
    CriterionDraft("fit", {"en": "Fit", "zh": "契合度", "ko": "적합성"}, {}, 50),
    CriterionDraft("safety", {"en": "Safety", "zh": "安全", "ko": "안전"}, {}, 50, gate=True),
)
Sheets = Mapping[str, Mapping[int, Sequence[float]]]


def make_judged(
    programme: Programme, sheets: Sheets, *, quotes: Mapping[str, int] | None = None,
    criteria: Sequence[CriterionDraft] = TWO, lead: User | None = None, now: datetime = NOW, closed: bool = True,
    answers: Mapping[str, Mapping[str, str]] | None = None, earlier: Sheets | None = None, **columns: Any,
) -> Call:
    """A call whose judging has ended. ``sheets``: entry code → seat number → points per criterion; detached.

    ``answers``: entry code → question → answer. ``earlier``: the sheets of the stage before, which is closed; the
    entries of ``sheets`` went on from it. Its stage is closed, so that it can be aggregated; with
    ``closed=False`` it is still open.
    """
    rules = {"state": "judging", "tie_break": [], "pass_mark": None, **columns}
    call = make_call(programme, criteria=criteria, **rules)
    rounds = [sheets] if earlier is None else [earlier, sheets]
    numbers = sorted({number for each in rounds for of_entry in each.values() for number in of_entry})
    with transaction.write():
        seats = {number: _seat(call, number, now) for number in numbers}
        entries = {}
        for code in dict.fromkeys(code for each in rounds for code in each):
            custom = dict((answers or {}).get(code, {}))
            entries[code] = _entry(call, code, (quotes or {}).get(code, 10_000_000), lead, now, custom)
        for stage, each in zip(stages(call.id)[-len(rounds):], rounds, strict=True):
            rubric = current_rubric(stage.id)
            for code, of_entry in each.items():
                for number, points in of_entry.items():
                    _sheet(stage, seats[number], entries[code], rubric, [round(p * 100) for p in points], now)
            db.session.flush()
            seal_all(stage.id)
        if earlier is not None:
            _go_on(call, [entries[code] for code in earlier], set(sheets), now)
        _close(deciding_stage(call.id), closed, now)
        db.session.expunge_all()
    return call


def _go_on(call: Call, entries: Sequence[Entry], advanced: Set[str], now: datetime) -> None:
    """Close the first of two stages, let some entries go on, and open the second."""
    first, second = stages(call.id)[-2:]
    first.state, first.opened_at, first.closed_at = "closed", now, now
    second.state, second.opened_at = "open", now
    db.session.add_all(
        StageOutcome(stage_id=first.id, entry_id=entry.id, decided_at=now, reason="",
                     outcome="advanced" if entry.code in advanced else "stopped")
        for entry in entries
    )
    db.session.flush()


def _close(stage: Stage, closed: bool, now: datetime) -> None:
    if closed:
        stage.state, stage.closed_at = "closed", now
        db.session.flush()


def _seat(call: Call, number: int, now: datetime) -> Seat:
    seat = Seat(id=new_id(), call_id=call.id, number=number, name=f"Judge Person {number}",
                email=f"judge{number}-{next(_counter)}@example.test", state="accepted", created_at=now, languages=[],
                expertise=[], capacity=40, organisation="")
    db.session.add(seat)
    db.session.flush()
    return seat


def _entry(
    call: Call, code: str, quote: int, lead: User | None, now: datetime, custom: dict[str, str]
) -> Entry:
    team = Team(id=new_id(), code=f"T-{code}"[:32], name=f"Team {code}", native_name=f"队{code}", org_type="company",
                registration_number="", country="CN", signatory="", contact="", created_at=now, version=1)
    db.session.add(team)
    db.session.flush()
    if lead is not None:
        db.session.add(Membership(team_id=team.id, user_id=lead.id, role="lead", joined_at=now))
    answers = full_answers(quote_minor=quote, custom=custom)
    entry = Entry(id=new_id(), call_id=call.id, team_id=team.id, code=code, state="submitted", draft=answers,
                  version=1, created_at=now, saved_at=now, quote_minor=quote)
    db.session.add(entry)
    db.session.flush()
    revision = Revision(id=new_id(), entry_id=entry.id, number=1, answers=answers, files=[], digest="ab" * 32,
                        quote_minor=quote, received_at=now, deadline_at=now, grace_seconds=60)
    db.session.add(revision)
    db.session.flush()
    entry.revision_id = revision.id
    db.session.flush()
    return entry


def _sheet(stage: Stage, seat: Seat, entry: Entry, rubric: Any, scores: list[int], now: datetime) -> None:
    assignment = Assignment(id=new_id(), stage_id=stage.id, seat_id=seat.id, entry_id=entry.id,
                            code=f"A{next(_counter)}-{new_id().hex[-12:]}", state="cleared", assigned_at=now,
                            declared_at=now)
    db.session.add(assignment)
    db.session.flush()
    comments = [f"{entry.code}: {criterion.key} by seat" for criterion in rubric.criteria]
    db.session.add(ScoreSheet(
        id=new_id(), assignment_id=assignment.id, rubric_version_id=rubric.id, revision_id=entry.revision_id,
        state="submitted", scores=pack(scores), comments=comments, overall=f"Overall on {entry.code}",
        total=total(scores, rubric.criteria), version=1, saved_at=now, submitted_at=now,
    ))


def make_many(
    programme: Programme, entries: int, judges: int, reviews: int, *, seed: int = 1, now: datetime = NOW,
    comment: str = "Solid, but the upkeep is not priced.", **columns: Any,
) -> Call:
    """A large judged call with the standard rubric, written in bulk: judges differ in severity and noise."""
    call = make_call(programme, state="judging", **columns)
    random = np.random.default_rng(seed)
    with transaction.write():
        stage, prefix = deciding_stage(call.id), f"{next(_counter):03}"
        rubric = current_rubric(stage.id)
        seats = [_seat(call, number, now).id for number in range(1, judges + 1)]
        people = _many_entries(call, entries, prefix, random, now)
        _many_sheets(stage.id, rubric, seats, people, reviews, random, comment, now)
        seal_all(stage.id)
        _close(stage, True, now)
        db.session.expunge_all()
    return call


def _many_entries(call: Call, count: int, prefix: str, random: Any, now: datetime) -> list[tuple[UUID, UUID]]:
    ids = [(new_id(), new_id(), new_id()) for _ in range(count)]
    quotes = (random.integers(50, 300, count) * 100_000).tolist()
    answers = full_answers()
    db.session.execute(insert(Team), [
        {"id": team, "code": f"T{prefix}{at:06}", "name": f"Team {prefix}-{at}", "native_name": f"队{at}",
         "org_type": "company", "registration_number": "", "country": "CN", "signatory": "", "contact": "",
         "created_at": now, "version": 1} for at, (team, _e, _r) in enumerate(ids)
    ])
    db.session.execute(insert(Entry), [
        {"id": entry, "call_id": call.id, "team_id": team, "code": f"E{prefix}{at:06}", "state": "submitted",
         "draft": {}, "version": 1, "created_at": now, "saved_at": now, "quote_minor": quotes[at]}
        for at, (team, entry, _r) in enumerate(ids)
    ])
    db.session.execute(insert(Revision), [
        {"id": revision, "entry_id": entry, "number": 1, "answers": answers, "files": [], "digest": "ab" * 32,
         "quote_minor": quotes[at], "received_at": now, "deadline_at": now, "grace_seconds": 60}
        for at, (_t, entry, revision) in enumerate(ids)
    ])
    mine = select(Revision.id).where(Revision.entry_id == Entry.id).scalar_subquery()
    db.session.execute(update(Entry).where(Entry.call_id == call.id).values(revision_id=mine))
    return [(entry, revision) for _t, entry, revision in ids]


def _many_sheets(
    stage_id: UUID, rubric: Any, seats: list[UUID], people: list[tuple[UUID, UUID]], reviews: int, random: Any,
    comment: str, now: datetime,
) -> None:
    n, judges, width = len(people), len(seats), len(rubric.criteria)
    quality = random.normal(72, 10, n)
    severity, noise = random.normal(0, 6, judges), random.uniform(4, 10, judges)
    offset = np.arange(n) % judges
    assignments, sheets = [], []
    for turn in range(reviews):
        judge = (offset + turn * (1 + np.arange(n) // judges % max(1, judges // max(1, reviews)))) % judges
        points = quality + severity[judge] + random.normal(0, 1, n) * noise[judge]
        raw = points[:, None] / 10 + random.normal(0, 0.7, (n, width))
        scores = (np.clip(np.round(raw * 2) / 2, 0, 10) * 100).astype(int).tolist()
        for at, (entry, revision) in enumerate(people):
            assignment = new_id()
            assignments.append({"id": assignment, "stage_id": stage_id, "seat_id": seats[judge[at]], "entry_id": entry,
                                "code": assignment.hex, "state": "cleared", "assigned_at": now, "declared_at": now})
            sheets.append({"id": new_id(), "assignment_id": assignment, "rubric_version_id": rubric.id,
                           "revision_id": revision, "state": "submitted", "scores": pack(scores[at]),
                           "comments": [comment] * width, "overall": "", "total": 0, "version": 1, "saved_at": now,
                           "submitted_at": now})
    for at in range(0, len(assignments), 5000):
        db.session.execute(insert(Assignment), assignments[at:at + 5000])
        db.session.execute(insert(ScoreSheet), sheets[at:at + 5000])
