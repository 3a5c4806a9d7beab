"""Panels and score sheets of demo calls: judges who differ in severity and care, a tie, a failed gate, a recusal."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from competition.accounts.models import User
from competition.calls import queries as calls
from competition.calls.lifecycle import RESULT_PUBLIC
from competition.calls.models import Call
from competition.calls.queries import RubricView
from competition.demo.plan import NOISE, PLANS, REVIEW_OVER, SEVERITY, published_at
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging import scores as packing
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat
from competition.judging.service.assigning import log_pairs
from competition.judging.service.assignment_counts import recount
from competition.judging.service.files import prepare
from competition.judging.service.sheet_versions import seal
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.text.points import points_text

GATE_CALL = "XSG-06"  # the one that is ready to aggregate: it shows a tie and a failed gate
HALF_POINT = 50
DRAFTS_COMPLETE = 7  # drafts of the entries before this one miss nothing: their judges only have to submit them
CARELESS_CALL, CARELESS_JUDGE = "XSG-04", 7  # there this judge scores most entries alike, within seconds
CARELESS_FROM = 4  # the first of those entries
CARELESS_SCORES = (600, 800, 700, 800, 700, 700)


def judge(call: Call, texts: dict[str, Any], now: datetime) -> None:
    """Seat the call's panel and let it score as far as the call's plan says."""
    closed = _closed(call, now)
    plan = PLANS[call.code]
    users = {user.email: user for user in db.session.scalars(select(User).where(User.email.like("judge%")))}
    seats = [_seat(call, number, position, users, texts) for position, number in enumerate(plan.panel, 1)]
    db.session.flush()
    stage = calls.current_stage(call.id)
    rubric = calls.current_rubric(stage.id)
    entries = list(db.session.scalars(
        select(Entry).where(Entry.call_id == call.id, Entry.state == "submitted").order_by(Entry.code)
    ))
    rng = Random(f"scores/{call.code}")
    quality = _qualities(entries, rubric, rng)
    draws = [[_draw(line, number, rng) for number in plan.panel] for line in quality]
    if call.code == GATE_CALL:  # the same scores from the same judges, and the same quote: a true tie
        entries[1].quote_minor, draws[1] = entries[0].quote_minor, draws[0]
    log_pairs(stage=stage, added=[(seat.id, entry.id) for entry in entries for seat in seats], dropped=[],
              subject=call.code, actor_id=None, now=closed + timedelta(days=1))
    for index, entry in enumerate(entries):
        for seat, number, drawn in zip(seats, plan.panel, draws[index], strict=True):
            task = Assignment(
                id=new_id(), stage_id=stage.id, seat_id=seat.id, entry_id=entry.id, code=new_code(12),
                state="cleared", assigned_at=closed + timedelta(days=1), declared_at=closed + timedelta(days=2),
            )
            db.session.add(task)
            db.session.flush()
            _act(call, task, seat, entry, rubric, drawn, index, number, texts, now, rng)
    recount(seat.id for seat in seats)
    prepare(entry_ids=[entry.id for entry in entries], now=now)


def _seat(call: Call, number: int, position: int, users: dict[str, User], texts: dict[str, Any]) -> Seat:
    user, facts = users[f"judge{number}@example.test"], texts["judges"][number - 1]
    seat = Seat(
        id=new_id(), call_id=call.id, user_id=user.id, number=position, name=user.name, email=user.email,
        organisation=facts["organisation"], languages=["en", "zh"], expertise=[call.theme], capacity=40,
        state="accepted", created_at=call.deadline_at, answered_at=call.deadline_at,
    )
    db.session.add(seat)
    return seat


def _qualities(entries: list[Entry], rubric: RubricView, rng: Random) -> list[list[float]]:
    """True quality per entry and criterion, in hundredths of a point on 0-10."""
    qualities = []
    for index in range(len(entries)):
        overall = rng.gauss(725, 70)
        line = [overall + rng.gauss(0, 35) for _ in rubric.criteria]
        if index == 2:  # one entry is strong but fails its gate, where the rubric has one
            line = [330 if c.gate else value + 60 for c, value in zip(rubric.criteria, line, strict=True)]
        qualities.append(line)
    return qualities


def _draw(quality: list[float], number: int, rng: Random) -> list[int]:
    """What a judge gives: quality, the judge's severity, and noise of the judge's own size."""
    severity, noise = SEVERITY[number - 1], NOISE[number - 1]
    raw = [value + severity + rng.gauss(0, noise) for value in quality]
    return [max(0, min(1000, round(value / HALF_POINT) * HALF_POINT)) for value in raw]


def _act(
    call: Call, task: Assignment, seat: Seat, entry: Entry, rubric: RubricView, drawn: list[int], index: int,
    number: int, texts: dict[str, Any], now: datetime, rng: Random,
) -> None:
    """Recuse, score, begin, or leave for later: as the call's stage tells."""
    plan = PLANS[call.code]
    if index == 3 and number == plan.panel[0]:
        task.state, task.progress = "recused", "out"
        db.session.add(Conflict(
            id=new_id(), seat_id=seat.id, entry_id=entry.id, kind="self", relation="collaboration",
            note=texts["recusal_note"]["en"], declared_at=_closed(call, now) + timedelta(days=2),
            declared_by=seat.user_id,
        ))
        audit.record("conflict.declared", chain=call.id, subject=entry.code, actor_id=seat.user_id,
                     now=_closed(call, now) + timedelta(days=2), seat=seat.number, entry=entry.code)
        return
    if plan.stage == "judging" and (index + 2 * number) % 5 > 2:
        task.state, task.declared_at = "assigned", None
        return
    draft = plan.stage == "judging" and (index + number) % 7 == 0
    _sheet(call, task, seat, entry, rubric, drawn, index, number, texts, now, draft, rng)


def _comment(
    remark: dict[str, str], rubric: RubricView, drawn: list[int], texts: dict[str, Any]
) -> dict[str, str]:
    """A remark, and where the entry is strongest and weakest: judges write about the entry, not about all of them."""
    best, worst = drawn.index(max(drawn)), drawn.index(min(drawn))
    places = {"best": points_text(drawn[best]), "worst": points_text(drawn[worst])}
    return {
        code: remark[code] + texts["strengths"][code].format(
            strong=rubric.criteria[best].label[code], weak=rubric.criteria[worst].label[code], **places)
        for code in remark
    }


def _scored_at(call: Call, now: datetime, rng: Random) -> datetime:
    """After the conflict question; in a decided call before its scores were aggregated, else within the last days."""
    first, last = _closed(call, now) + timedelta(days=2, hours=1), now - timedelta(hours=3)
    if PLANS[call.code].stage in RESULT_PUBLIC:
        last = published_at(_closed(call, now), now) - timedelta(days=2, hours=1)
    if PLANS[call.code].stage == "defence":
        last = _closed(call, now) + REVIEW_OVER - timedelta(hours=1)
    hours = int((last - first) / timedelta(hours=1))
    return last - timedelta(hours=rng.randrange(0, max(1, min(97, hours))))


def _closed(call: Call, now: datetime) -> datetime:
    return call.deadline_at or now


def _sheet(
    call: Call, task: Assignment, seat: Seat, entry: Entry, rubric: RubricView, drawn: list[int], index: int,
    number: int, texts: dict[str, Any], now: datetime, draft: bool, rng: Random,
) -> None:
    careless = call.code == CARELESS_CALL and number == CARELESS_JUDGE and index >= CARELESS_FROM
    if careless:
        drawn = list(CARELESS_SCORES[:len(drawn)])
    lang = rng.choice(["en", "zh"])
    gated = any(c.gate and value < 600 for c, value in zip(rubric.criteria, drawn, strict=True))
    overall = _comment(texts["gate_comment"] if gated else rng.choice(texts["comments"]), rubric, drawn, texts)
    if careless:
        overall = texts["careless_comment"]
    scores: list[int | None] = [*drawn]
    incomplete = draft and index >= DRAFTS_COMPLETE
    if incomplete:
        scores[-1] = None
    weighted = sum(c.weight * value for c, value in zip(rubric.criteria, drawn, strict=True))
    at = _scored_at(call, now, rng)
    begun = at - timedelta(minutes=7 + (7 * index + 5 * number) % 19)
    if careless:
        at = _closed(call, now) + timedelta(days=3, seconds=11 * index)
        begun = at - timedelta(seconds=5)
    sheet = ScoreSheet(
        id=new_id(), assignment_id=task.id, rubric_version_id=rubric.id, revision_id=entry.revision_id,
        state="draft" if draft else "submitted", scores=packing.pack(scores), comments=[""] * len(drawn),
        overall=overall[lang], total=None if incomplete else round(weighted * 10 / rubric.weight_total), version=2,
        begun_at=begun, saved_at=at, submitted_at=None if draft else at,
    )
    db.session.add(sheet)
    task.progress = sheet.state
    if draft:
        return
    db.session.flush()
    seal(sheet=sheet, call_id=call.id, assignment_code=task.code, entry_code=entry.code, seat_number=seat.number,
         actor_id=seat.user_id, now=at)
