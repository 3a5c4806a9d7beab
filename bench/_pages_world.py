"""The data under the measured pages: a closed call of 10,000 entries, an open call, a judge with a full queue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, g, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import insert, select

from competition.accounts.models import User, UserSession
from competition.calls.models import Call, Criterion, Programme, RubricVersion, Stage
from competition.demo.seed import CRITERIA, PASSWORD, _answers, seed
from competition.entries import answers as shape
from competition.entries.models import Entry, Membership, Team
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat
from competition.judging.scores import pack
from competition.judging.service.assignment_counts import recount
from competition.judging.service.closing import close
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_code, new_id, new_token, token_hash
from competition.kernel.jobs import outbox
from competition.kernel.web.access import Actor
from competition.results.service.runs import request_run

QUEUE = 10_000
TENTH = QUEUE // 10
DRAFTS = 400  # entries to submit, sheets to save: one a request
AGENT = "bench"


@dataclass(frozen=True)
class World:
    """Addresses and signed-in people, as cookies with their CSRF token."""

    seeded: str
    tenth: str  # like the seeded call, with a tenth of its entries
    queued: str  # the call that the judge scores
    opened: str
    lead: dict[str, str]
    judge: dict[str, str]
    organizer: dict[str, str]
    entries: list[tuple[str, int]]  # code, version
    tasks: list[str]
    rubric: str
    programme: str
    organizer_id: UUID


def build(app: Flask) -> World:
    now = datetime.now(UTC)
    with app.app_context():
        seeded = seed(entries=QUEUE, judges=60, reviews=3, now=now)
        tenth = seed(entries=TENTH, judges=3, reviews=1, now=now, number=2)
        queued = seed(entries=QUEUE, judges=1, reviews=0, now=now, number=3)
        with transaction.write():
            call = db.session.scalars(select(Call).where(Call.code == seeded.call_code)).one()
            organizer = db.session.scalars(select(User).where(User.email == "organizer@example.test")).one()
            actor = Actor(user_id=organizer.id, name=organizer.name, email=organizer.email)
            close(call=call, without=(), without_all=False, reason={}, actor=actor, now=now)  # scores are sealed before
            job = request_run(call=call, actor=actor, now=now).job_id
            organizer_id, programme = organizer.id, db.session.get_one(Programme, call.programme_id).code
        if job is None or outbox.run(job) != "done":
            raise RuntimeError("the aggregation under measurement failed")
        with transaction.write():
            judge, tasks, rubric = _full_queue(call_code=queued.call_code, now=now)
            opened, lead, entries = _open_call(call_code=seeded.call_code, now=now)
        return World(
            seeded.call_code, tenth.call_code, queued.call_code, opened, _cookie(app, lead, now),
            _cookie(app, judge, now), _cookie(app, organizer_id, now), entries, tasks, rubric, programme, organizer_id,
        )


def _person(name: str, now: datetime) -> UUID:
    user = User(
        id=new_id(), email=f"{name}@example.test", name=name, password_hash=PASSWORD, locale="en",
        zone="Asia/Shanghai", is_operator=False, confirmed_at=now, created_at=now,
    )
    db.session.add(user)
    db.session.flush()
    return user.id


def _cookie(app: Flask, user_id: UUID, now: datetime) -> dict[str, str]:
    """Headers of a signed-in browser: its session cookie and the CSRF token that belongs to it."""
    token = new_token()
    with transaction.write():
        db.session.add(UserSession(
            id=new_id(), token_hash=token_hash(token), user_id=user_id, created_at=now, seen_at=now,
            expires_at=now + timedelta(days=1), agent=AGENT,
        ))
    with app.test_request_context("/en/"):
        g.pop("csrf_token", None)  # that of the person before, who shared this application context
        session["sid"] = token
        csrf = generate_csrf()
        response = app.response_class()
        app.session_interface.save_session(app, session, response)
        cookie = re.match(r"[^;]+", response.headers["Set-Cookie"])
    if cookie is None:
        raise RuntimeError("no session cookie was made")
    return {"Cookie": cookie[0], "X-CSRFToken": csrf, "csrf_token": csrf}


def _full_queue(*, call_code: str, now: datetime) -> tuple[UUID, list[str], str]:
    """A judge with every entry of a call that is being scored, the first ones begun."""
    call = db.session.scalars(select(Call).where(Call.code == call_code)).one()
    stage = db.session.scalars(select(Stage).where(Stage.call_id == call.id)).one()
    rubric = db.session.scalars(select(RubricVersion).where(RubricVersion.stage_id == stage.id)).one()
    judge = _person("bench-judge", now)
    seat = Seat(
        id=new_id(), call_id=call.id, user_id=judge, number=2, name="Bench judge", email="bench-judge@example.test",
        organisation="", languages=["en"], expertise=[], capacity=QUEUE, state="accepted", created_at=now,
        answered_at=now,
    )
    db.session.add(seat)
    db.session.flush()
    entries = db.session.execute(select(Entry.id, Entry.revision_id).where(Entry.call_id == call.id)).all()
    rows: list[dict[str, Any]] = [{
        "id": new_id(), "stage_id": stage.id, "seat_id": seat.id, "entry_id": entry.id, "code": new_code(12),
        "state": "cleared", "progress": "draft" if n < DRAFTS else "waiting", "assigned_at": now, "declared_at": now,
    } for n, entry in enumerate(entries)]
    db.session.execute(insert(Assignment), rows)
    db.session.execute(insert(ScoreSheet), [{
        "id": new_id(), "assignment_id": row["id"], "rubric_version_id": rubric.id, "revision_id": entry.revision_id,
        "state": "draft", "scores": pack([None] * len(CRITERIA)), "comments": [""] * len(CRITERIA), "overall": "",
        "version": 1, "saved_at": now,
    } for row, entry in zip(rows[:DRAFTS], entries[:DRAFTS], strict=True)])
    recount([seat.id])
    return judge, [row["code"] for row in rows[:DRAFTS]], str(rubric.id)


def _open_call(*, call_code: str, now: datetime) -> tuple[str, UUID, list[tuple[str, int]]]:
    """An open call like the seeded one, and drafts that are ready to be submitted, all led by one person."""
    like = db.session.scalars(select(Call).where(Call.code == call_code)).one()
    text = "A paragraph of a public call, in plain words. " * 12
    call = Call(
        id=new_id(), programme_id=like.programme_id, code="BENCH-OPEN", state="published", theme="",
        title={"en": "An open call"}, summary={"en": "Two sentences. " * 8}, owner={"en": "Bench"},
        organiser={"en": "Bench"}, kpis=[], slots=3, budget_minor=10**10, award_cap_minor=10**9, resubmit=True,
        details={key: {"en": text} for key in ("problem", "outcomes", "site", "eligibility", "support", "ip")},
        created_at=now, published_at=now, opens_at=now - timedelta(days=1), deadline_at=now + timedelta(days=9),
        tie_break=["fit"], open_calls_per_team=10**6,
    )
    stage = Stage(id=new_id(), call_id=call.id, position=1, kind="desk_review")
    rubric = RubricVersion(id=new_id(), stage_id=stage.id, number=1, name={"en": "Rubric"}, created_at=now)
    for row in (call, stage, rubric):
        db.session.add(row)
        db.session.flush()
    for position, (key, weight) in enumerate(CRITERIA, 1):
        db.session.add(Criterion(
            id=new_id(), rubric_version_id=rubric.id, position=position, key=key, label={"en": key}, guidance={},
            weight=weight,
        ))
    lead = _person("bench-lead", now)
    entries = [_draft(call, lead, number, now) for number in range(DRAFTS)]
    return call.code, lead, entries


def _draft(call: Call, lead: UUID, number: int, now: datetime) -> tuple[str, int]:
    team = Team(
        id=new_id(), code=new_code(), name=f"Bench team {number}", native_name="", org_type="startup",
        registration_number=f"B{number}", country="CN", signatory="Bench lead", contact="b@example.test",
        created_at=now, version=1,
    )
    db.session.add(team)
    db.session.flush()
    db.session.add(Membership(team_id=team.id, user_id=lead, role="lead", joined_at=now))
    entry = Entry(
        id=new_id(), call_id=call.id, team_id=team.id, code=new_code(), state="draft", version=1, created_at=now,
        draft={**shape.empty(), **_answers(number, 25 * 10**7)}, saved_at=now, saved_by=lead,
    )
    db.session.add(entry)
    db.session.flush()
    return entry.code, entry.version

