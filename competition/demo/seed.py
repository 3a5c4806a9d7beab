"""A large, reproducible data set for measurements: same arguments, same scores. Bulk-inserted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import insert, select, update

from competition.accounts import passwords
from competition.accounts.models import User
from competition.calls.models import Call, Criterion, Organizer, Programme, RubricVersion, Stage
from competition.demo.seals import seal_all
from competition.entries import answers as shape
from competition.entries.models import Entry, Membership, Revision, Team
from competition.extensions import Model, db
from competition.judging.models import Assignment, ScoreSheet, Seat
from competition.judging.service.assignment_counts import recount
from competition.kernel.data import transaction
from competition.kernel.data.ids import ALPHABET, new_id

PASSWORD = "demo-password"
CRITERIA = (("fit", 30), ("technical", 25), ("pilot", 20), ("ethics", 15), ("value", 10))
CHUNK = 2000


@dataclass(frozen=True)
class Seeded:
    """What was made: the call's code and how much of everything."""

    call_code: str
    entries: int
    judges: int
    sheets: int


@dataclass(frozen=True)
class Frame:
    """The rows that everything else hangs on."""

    call_id: UUID
    stage_id: UUID
    rubric_id: UUID
    organizer_id: UUID
    deadline: datetime
    tag: str


def seed(*, entries: int, judges: int, reviews: int, now: datetime, number: int = 1) -> Seeded:
    """Make one call in judging with ``entries`` submitted entries, each fully scored by ``reviews`` judges.

    Judges differ in severity and care. ``number`` makes a second, different set beside the first.
    """
    if reviews > judges:
        raise ValueError("an entry cannot have more reviews than there are judges")
    rng = np.random.default_rng([entries, judges, reviews, number])
    with transaction.write():
        frame = _frame(now, number)
        seats = _judges(frame, judges, now)
    sheets = 0
    for start in range(0, entries, CHUNK):
        with transaction.write():
            count = min(CHUNK, entries - start)
            sheets += _chunk(frame, seats, start, count, reviews, rng)
    with transaction.write():
        recount(seats)
    return Seeded(f"SEED-{number}", entries, judges, sheets)


def _code(*parts: object) -> str:
    """A code that follows from what it names, so that a second run makes the same one."""
    value = int.from_bytes(hashlib.sha1(repr(parts).encode(), usedforsecurity=False).digest(), "big")
    return "".join(ALPHABET[value >> shift & 31] for shift in range(0, 60, 5))


def _insert(model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(model), list(rows))


def _person(email: str, name: str, hashed: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "email": email, "name": name, "password_hash": hashed, "locale": "en",
        "zone": "Asia/Shanghai", "is_operator": False, "confirmed_at": now, "created_at": now,
    }


def _frame(now: datetime, number: int) -> Frame:
    tag, deadline = f"seed{number}", now - timedelta(days=3)
    organizer_id = db.session.scalar(select(User.id).where(User.email == "organizer@example.test"))
    if organizer_id is None:
        organizer = _person("organizer@example.test", "Organizer", passwords.make(PASSWORD), now)
        _insert(User, [organizer])
        organizer_id = organizer["id"]
    programme = Programme(
        id=new_id(), code=f"SEED-{number}", name={"en": "Measured programme"}, summary={"en": ""}, currency="CNY",
        budget_minor=10**12, zone="Asia/Shanghai", languages=["en"], themes={}, created_at=now, version=1,
    )
    call = Call(
        id=new_id(), programme_id=programme.id, code=f"SEED-{number}", state="judging", theme="",
        title={"en": "Measured call"}, summary={"en": "A call made for measurements."}, owner={"en": "Bench"},
        organiser={"en": "Bench"}, details={}, kpis=[], slots=50, budget_minor=10**11, award_cap_minor=10**9,
        created_at=now, published_at=deadline - timedelta(days=30), opens_at=deadline - timedelta(days=30),
        deadline_at=deadline, entries_opened_at=deadline, tie_break=["fit", "untrimmed_mean", "lower_quote"],
    )
    stage = Stage(id=new_id(), call_id=call.id, position=1, kind="desk_review", due_at=now + timedelta(days=9),
                  state="open", opened_at=deadline)
    rubric = RubricVersion(id=new_id(), stage_id=stage.id, number=1, name={"en": "Rubric"}, created_at=now)
    for row in (programme, call, stage, rubric):
        db.session.add(row)
        db.session.flush()
    db.session.add(Organizer(programme_id=programme.id, user_id=organizer_id, role="lead", since=now))
    for position, (key, weight) in enumerate(CRITERIA, 1):
        db.session.add(Criterion(
            id=new_id(), rubric_version_id=rubric.id, position=position, key=key, label={"en": key.capitalize()},
            guidance={}, weight=weight, lo=0, hi=1000, step=50, gate=key == "ethics", floor_percent=None,
        ))
    return Frame(call.id, stage.id, rubric.id, organizer_id, deadline, tag)


def _judges(frame: Frame, count: int, now: datetime) -> list[UUID]:
    hashed = passwords.make(PASSWORD)
    people = [_person(f"{frame.tag}-judge{n}@example.test", f"Judge {n}", hashed, now) for n in range(1, count + 1)]
    _insert(User, people)
    seats = [{
        "id": new_id(), "call_id": frame.call_id, "user_id": person["id"], "number": number, "name": person["name"],
        "email": person["email"], "organisation": "", "languages": ["en"], "expertise": [], "capacity": 10**6,
        "state": "accepted", "created_at": now, "answered_at": now,
    } for number, person in enumerate(people, 1)]
    _insert(Seat, seats)
    return [seat["id"] for seat in seats]


def _answers(index: int, quote: int) -> dict[str, Any]:
    return {
        **shape.empty(), "summary": f"Plan number {index} for the measured call, with its own words and figures.",
        "technical_plan": "A plan of ordinary length. " * 20, "difference": "It is cheaper to run. " * 5,
        "maturity": {"trl": 6, "evidence": "In use at one site."}, "pilot_plan": "Three steps. " * 10,
        "milestones": [{"title": "Live on site", "days": 60, "share_percent": 100}], "quote_minor": quote,
        "own_funds_minor": 0, "data_ethics": "Data stay on site. " * 5, "risks": "Few. " * 5,
    }


def _chunk(
    frame: Frame, seats: list[UUID], start: int, count: int, reviews: int, rng: np.random.Generator,
) -> int:
    """Insert ``count`` teams with entries, revisions, assignments and sheets; returns how many sheets."""
    quotes = (rng.integers(20, 100, count) * 10**7).tolist()
    teams, entries, revisions = [], [], []
    for offset in range(count):
        index = start + offset
        team_id, entry_id, revision_id = new_id(), new_id(), new_id()
        answers = _answers(index, quotes[offset])
        teams.append({
            "id": team_id, "code": _code(frame.tag, "team", index), "name": f"Team {index}", "native_name": "",
            "org_type": "startup", "registration_number": str(index), "country": "CN", "signatory": "",
            "contact": "", "created_at": frame.deadline, "version": 1,
        })
        entries.append({
            "id": entry_id, "call_id": frame.call_id, "team_id": team_id, "code": _code(frame.tag, "entry", index),
            "state": "submitted", "draft": answers, "version": 1, "created_at": frame.deadline,
            "saved_at": frame.deadline, "revision_id": revision_id, "quote_minor": quotes[offset],
        })
        revisions.append({
            "id": revision_id, "entry_id": entry_id, "number": 1, "answers": answers, "files": [],
            "digest": shape.digest(answers, []), "quote_minor": quotes[offset], "received_at": frame.deadline,
            "deadline_at": frame.deadline, "grace_seconds": 60,
        })
    _insert(Team, teams)
    if start == 0:
        _insert(Membership, [{
            "team_id": teams[0]["id"], "user_id": frame.organizer_id, "role": "lead", "joined_at": frame.deadline,
        }])
    _insert(Entry, [{**entry, "revision_id": None} for entry in entries])
    _insert(Revision, revisions)
    db.session.execute(
        update(Entry), [{"id": entry["id"], "revision_id": entry["revision_id"]} for entry in entries]
    )
    return _sheets(frame, seats, start, entries, reviews, rng)


def _sheets(
    frame: Frame, seats: list[UUID], start: int, entries: list[dict[str, Any]], reviews: int,
    rng: np.random.Generator,
) -> int:
    count, width, panel = len(entries), len(CRITERIA), len(seats)
    severity = np.random.default_rng(panel).normal(0, 60, panel)
    quality = rng.normal(680, 90, (count, 1, width))
    # A stride that has no factor in common with the panel links all judges with each other.
    first = (np.arange(start, start + count)[:, None] * 7 + rng.integers(0, panel, (count, 1))) % panel
    who = (first + np.arange(reviews)[None, :]) % panel
    raw = quality + severity[who][:, :, None] + rng.normal(0, 70, (count, reviews, width))
    values = (np.clip(np.rint(raw / 50), 0, 20) * 50).astype("<i4")
    weights = np.array([weight for _key, weight in CRITERIA])
    totals = np.rint(values @ weights / 10).astype(int)
    assignments, sheets = [], []
    for row, entry in enumerate(entries):
        for turn in range(reviews):
            task_id = new_id()
            assignments.append({
                "id": task_id, "stage_id": frame.stage_id, "seat_id": seats[who[row, turn]], "entry_id": entry["id"],
                "code": _code(frame.tag, "task", start + row, turn), "state": "cleared", "progress": "submitted",
                "assigned_at": frame.deadline, "declared_at": frame.deadline,
            })
            sheets.append({
                "id": new_id(), "assignment_id": task_id, "rubric_version_id": frame.rubric_id,
                "revision_id": entry["revision_id"], "state": "submitted", "scores": values[row, turn].tobytes(),
                "comments": [""] * width, "overall": "Convincing in most parts.", "total": int(totals[row, turn]),
                "version": 1, "saved_at": frame.deadline, "submitted_at": frame.deadline,
            })
    _insert(Assignment, assignments)
    _insert(ScoreSheet, sheets)
    seal_all(frame.stage_id)
    return len(sheets)

