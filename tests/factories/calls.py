"""Programmes, calls and their rubrics."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from competition.accounts.models import User
from competition.calls.lifecycle import JUDGED, RESULT_PUBLIC, SCORED_STAGES
from competition.calls.models import Call, Criterion, Organizer, Programme, RubricVersion, Stage
from competition.calls.standard_rubric import CRITERIA, RUBRIC_NAME, TIE_BREAK, CriterionDraft
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id

NOW = datetime(2026, 6, 15, 4, 0, tzinfo=UTC)
THEMES = {
    "elder_care": {"en": "Elder care", "zh": "为老服务", "ko": "어르신 돌봄"},
    "public_safety": {"en": "Public safety", "zh": "公共安全", "ko": "공공안전"},
}
_counter = itertools.count(1)


def make_programme(*organizers: User, **columns: Any) -> Programme:
    """A programme of three languages, in Shanghai, CNY 10 million; detached."""
    number = next(_counter)
    with transaction.write():
        programme = Programme(**{
            "id": new_id(), "code": f"PRG-{number}", "name": {"en": f"Programme {number}", "zh": f"项目{number}"},
            "summary": {"en": "Open calls of a district.", "zh": "城区公开征集。", "ko": "구 공모."},
            "currency": "CNY", "budget_minor": 1_000_000_000, "team_cap": None, "zone": "Asia/Shanghai",
            "languages": ["en", "zh", "ko"], "themes": THEMES, "created_at": NOW, "version": 1, **columns,
        })
        db.session.add(programme)
        db.session.flush()
        db.session.add_all(
            Organizer(programme_id=programme.id, user_id=person.id, role="lead", since=NOW) for person in organizers
        )
        db.session.flush()
        db.session.expunge(programme)
    return programme


def make_call(
    programme: Programme | None = None, *, now: datetime = NOW, criteria: Sequence[CriterionDraft] = CRITERIA,
    stages: Sequence[Mapping[str, Any]] = ({},), due: timedelta | None = timedelta(days=32), **columns: Any,
) -> Call:
    """A published, open call with one desk review and the standard rubric; detached, programme loaded.

    ``now`` anchors its dates: it was published ten days earlier and closes twenty days later; its last stage is due
    ``due`` after ``now``, those before it a day earlier each. ``stages`` has the columns of each stage, and its
    ``criteria`` where they differ; in a call that is judged the first one is open.
    """
    programme = programme or make_programme()
    with transaction.write():
        call = Call(**_columns(programme.id, next(_counter), now))
        for name, value in columns.items():
            setattr(call, name, value)
        if call.state in JUDGED and "entries_opened_at" not in columns:
            call.entries_opened_at = call.deadline_at or now
        db.session.add(call)
        db.session.flush()
        for place, differing in enumerate(stages):
            due_at = now + due - timedelta(days=len(stages) - 1 - place) if due is not None else None
            _add_stage(call, place, {"due_at": due_at, **differing}, criteria, now)
        assert call.programme is not None
        db.session.expunge_all()
    return call


def _add_stage(
    call: Call, place: int, differing: Mapping[str, Any], criteria: Sequence[CriterionDraft], now: datetime,
) -> None:
    columns = {"kind": "desk_review", **differing}
    criteria = columns.pop("criteria", criteria)
    begun = place == 0 or call.state in RESULT_PUBLIC
    state = stage_state(call.state, call.deadline_at, call.notice_at) if begun else {}
    stage = Stage(**{"id": new_id(), "call_id": call.id, "position": place + 1, **state, **columns})
    db.session.add(stage)
    db.session.flush()
    if stage.kind in SCORED_STAGES:
        version = RubricVersion(id=new_id(), stage_id=stage.id, number=1, name=RUBRIC_NAME, created_at=now)
        db.session.add(version)
        db.session.flush()
        db.session.add_all(_criterion(version.id, position, draft) for position, draft in enumerate(criteria, 1))
        db.session.flush()


def stage_state(call_state: str, opened: datetime | None, closed: datetime | None) -> dict[str, Any]:
    """The state of the first stage of a call in ``call_state``, with the instants at which it opened and closed."""
    if call_state == "judging":
        return {"state": "open", "opened_at": opened}
    if call_state in RESULT_PUBLIC:
        return {"state": "closed", "opened_at": opened, "closed_at": closed}
    return {"state": "planned"}


def _criterion(version_id: UUID, position: int, draft: CriterionDraft) -> Criterion:
    return Criterion(
        id=new_id(), rubric_version_id=version_id, position=position, key=draft.key, label=draft.label,
        guidance=draft.guidance, weight=draft.weight, lo=draft.lo, hi=draft.hi, step=draft.step, gate=draft.gate,
        floor_percent=draft.floor_percent,
    )


def _columns(programme_id: UUID, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "programme_id": programme_id, "code": f"CALL-{number:02}", "state": "published",
        "theme": "elder_care", "version": 1,
        "title": {"en": f"Care signals {number}", "zh": f"关爱信号{number}", "ko": f"돌봄 신호 {number}"},
        "summary": {"en": "Two sentences about the problem.", "zh": "两句话说明问题。", "ko": "문제 요약."},
        "owner": {"en": "Civil Affairs Bureau", "zh": "民政局", "ko": "민정국"},
        "organiser": {"en": "District office", "zh": "区政府办", "ko": "구청"}, "contact": "calls@example.test",
        "details": {
            "problem": {"en": "A fall may go **unseen**.", "zh": "跌倒可能**无人**察觉。", "ko": "낙상을 놓칩니다."},
            "eligibility": {"en": "Legal persons.", "zh": "法人。", "ko": "법인."},
        },
        "kpis": [{"key": "k1", "name": {"en": "Noticed within one hour", "zh": "一小时内发现"}, "unit": "%",
                  "baseline": "30", "target": "85", "direction": "up", "method": {"en": "Incident log"}}],
        "min_trl": 5, "slots": 3, "budget_minor": 90_000_000, "award_cap_minor": 30_000_000,
        "created_at": now - timedelta(days=20), "published_at": now - timedelta(days=10),
        "opens_at": now - timedelta(days=10), "questions_close_at": now + timedelta(days=13),
        "deadline_at": now + timedelta(days=20),
        "notice_at": now + timedelta(days=45), "pilot_at": now + timedelta(days=60), "pilot_days": 150,
        "tie_break": list(TIE_BREAK),
    }
