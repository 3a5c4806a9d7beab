"""The demo's people, programme and calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from competition.accounts import passwords
from competition.accounts.models import User
from competition.calls.lifecycle import JUDGED, RESULT_PUBLIC
from competition.calls.models import (
    Call,
    Criterion,
    Organizer,
    Programme,
    Question,
    RubricVersion,
    Stage,
)
from competition.calls.standard_checklist import CHECKLIST
from competition.demo.plan import (
    DEFENCE_PLACES,
    JUDGES,
    LOTTERY_CALLS,
    PLANS,
    STAGED_CALL,
    CallPlan,
    dates,
    defence_due,
    review_due,
)
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id

DATA = Path(__file__).parent / "data"
PASSWORD = "demo-password"
PROGRAMME = "WUTONG-2026"
ZONE = "Asia/Shanghai"
HUNDRED = 100
# Who has which role in the programme; nobody of them judges or enters.
STAFF = {"lead": "Shen Qiao", "organizer": "Gu Wen", "desk": "Ruan Mei", "observer": "Tao Rui"}
OPERATOR = "Bai Lu"
COUNTRY_LOCALES = {"CN": "zh_Hans", "KR": "ko"}


def read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    return loaded


def people(data: dict[str, Any], texts: dict[str, Any], now: datetime) -> dict[str, User]:
    """Accounts by e-mail: one person of each role, an operator, the judges, one lead per team; all with the demo's
    password."""
    hashed = passwords.make(PASSWORD)

    def person(email: str, name: str, locale: str = "en") -> User:
        return User(
            id=new_id(), email=email, name=name, password_hash=hashed, locale=locale, zone=ZONE,
            is_operator=False, confirmed_at=now, created_at=now,
        )

    users = [person(f"{role}@example.test", name) for role, name in STAFF.items()]
    users.append(person("operator@example.test", OPERATOR))
    users[-1].is_operator = True
    for number, judge in enumerate(texts["judges"][:JUDGES], 1):
        users.append(person(f"judge{number}@example.test", judge["name"]))
    for number, team in enumerate(data["teams"], 1):
        locale = COUNTRY_LOCALES.get(team["country"], "en")
        users.append(person(f"team{number}@example.test", f"{team['name']} lead", locale))
    db.session.add_all(users)
    db.session.flush()
    return {user.email: user for user in users}


def programme(data: dict[str, Any], texts: dict[str, Any], users: dict[str, User], now: datetime) -> Programme:
    """The programme with one person of each role, given by its lead."""
    total = sum(call["budget_cny"] for call in data["calls"])
    created = Programme(
        id=new_id(), code=PROGRAMME, name=texts["programme"]["name"], summary=texts["programme"]["summary"],
        currency="CNY", budget_minor=total * HUNDRED, team_cap=2, zone=ZONE,
        languages=["en", "zh", "ko"], themes=data["themes"], starts_at=now - timedelta(days=240),
        ends_at=now + timedelta(days=240), created_at=now - timedelta(days=240), version=1,
    )
    db.session.add(created)
    db.session.flush()
    begun, lead = created.created_at, users["lead@example.test"]
    for role in STAFF:
        user = users[f"{role}@example.test"]
        db.session.add(Organizer(programme_id=created.id, user_id=user.id, role=role, since=begun))
        audit.record("role.given", chain=created.id, subject=user.id, actor_id=lead.id, now=begun, before="",
                     after=role)
    return created


def call(
    facts: dict[str, Any], data: dict[str, Any], texts: dict[str, Any], home: Programme, organizer: User,
    now: datetime,
) -> Call:
    """One call with its stage, rubric and question, published as its plan says."""
    plan = PLANS[facts["code"]]
    when = dates(plan, facts["timeline_days"], now)
    rubric = next(rubric for rubric in data["rubrics"] if rubric["id"] == facts["rubric_desk"])
    created = Call(
        id=new_id(), programme_id=home.id, code=facts["code"], state=_state(plan), version=1,
        theme=facts["theme"], title=facts["title"], summary=facts["summary"], owner=facts["owner"],
        organiser=texts["organiser"], contact="calls@example.test", details=_details(facts, texts),
        kpis=[_kpi(kpi, number) for number, kpi in enumerate(facts["kpis"], 1)], min_trl=facts["min_trl"],
        slots=facts["slots"], budget_minor=facts["budget_cny"] * HUNDRED,
        award_cap_minor=facts["award_cap_cny"] * HUNDRED, created_at=min(when["opens_at"], now) - timedelta(days=10),
        published_at=None if plan.stage == "draft" else min(when["opens_at"], now) - timedelta(days=1),
        pilot_days=facts["timeline_days"]["pilot_length"], reviews_per_entry=5, group_by="language",
        band_percent=50 if facts["code"] in LOTTERY_CALLS else 90, lottery=facts["code"] in LOTTERY_CALLS,
        tie_break=[*rubric["tie_break"], "untrimmed_mean", "lower_quote"], **when,
    )
    db.session.add(created)
    db.session.flush()
    due = review_due(plan, facts["timeline_days"], now)
    if created.code == STAGED_CALL:
        defence = next(each for each in data["rubrics"] if each["id"] == facts["rubric_defence"])
        created.tie_break = [*defence["tie_break"], "untrimmed_mean", "lower_quote"]
        _three_stages(created, due, defence_due(plan, facts["timeline_days"], now), (rubric, defence), texts)
    else:
        _stage(created, due, rubric, texts)
    db.session.add(_question(created))
    audit.record("call.created", chain=created.id, subject=created.id, actor_id=organizer.id, now=created.created_at,
                 code=created.code)
    if created.published_at is not None:
        audit.record("call.published", chain=created.id, subject=created.id, actor_id=organizer.id,
                     now=created.published_at, code=created.code)
    return created


def _state(plan: CallPlan) -> str:
    """Decided calls begin as judged ones: the loader takes them further through the real commands."""
    if plan.stage == "draft":
        return "draft"
    return "judging" if plan.panel else "published"


def _details(facts: dict[str, Any], texts: dict[str, Any]) -> dict[str, Any]:
    shared = {key: dict(value) for key, value in texts["details"].items()}
    return {
        **shared,
        "problem": facts["summary"],
        "site": facts["site"],
        "data": _list(facts["data_provided"]),
        "constraints": _list(facts["constraints"]),
    }


def _list(items: list[dict[str, str]]) -> dict[str, str]:
    """A Markdown list per language."""
    return {code: "\n".join(f"- {item[code]}" for item in items) for code in ("en", "zh", "ko")}


def _kpi(kpi: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "key": f"kpi{number}", "name": kpi["name"], "unit": kpi["unit"], "baseline": str(kpi["baseline"]),
        "target": str(kpi["target"]), "direction": kpi["direction"], "method": {},
    }


def _stage(call: Call, due_at: datetime, rubric: dict[str, Any], texts: dict[str, Any]) -> None:
    stage = Stage(id=new_id(), call_id=call.id, position=1, kind="desk_review", due_at=due_at)
    if call.state in JUDGED:
        call.entries_opened_at = call.deadline_at
        stage.state, stage.opened_at = "open", call.deadline_at
    if call.state in RESULT_PUBLIC:
        stage.state, stage.closed_at = "closed", due_at
    db.session.add(stage)
    db.session.flush()
    _rubric(call, stage, rubric, texts)


def _three_stages(
    call: Call, due_first: datetime, due_last: datetime, rubrics: tuple[dict[str, Any], dict[str, Any]],
    texts: dict[str, Any],
) -> None:
    """An eligibility check that has begun, a desk review, and a defence in which the desk review counts 40 %."""
    closed = call.deadline_at
    assert closed is not None
    call.entries_opened_at, call.checklist = closed, list(CHECKLIST)
    stages = (
        Stage(position=1, kind="eligibility", due_at=closed + timedelta(days=1), state="open", opened_at=closed),
        Stage(position=2, kind="desk_review", due_at=due_first, advance="top", advance_top=DEFENCE_PLACES),
        Stage(position=3, kind="defence", due_at=due_last, carry="weighted", carry_percent=40),
    )
    for stage in stages:
        stage.id, stage.call_id = new_id(), call.id
        db.session.add(stage)
        db.session.flush()
    for stage, rubric in zip(stages[1:], rubrics, strict=True):
        _rubric(call, stage, rubric, texts)


def _rubric(call: Call, stage: Stage, rubric: dict[str, Any], texts: dict[str, Any]) -> None:
    version = RubricVersion(
        id=new_id(), stage_id=stage.id, number=1, name=rubric["name"], created_at=call.created_at
    )
    db.session.add(version)
    db.session.flush()
    for position, criterion in enumerate(rubric["criteria"], 1):
        db.session.add(Criterion(
            id=new_id(), rubric_version_id=version.id, position=position, key=criterion["key"],
            label={code: criterion[code] for code in ("en", "zh", "ko")}, guidance=texts["guidance"],
            weight=criterion["weight"], lo=0, hi=1000, step=50, gate=criterion["gate"],
            floor_percent=60 if criterion["gate"] else None,
        ))


def _question(call: Call) -> Question:
    return Question(
        id=new_id(), call_id=call.id, position=1, key="local_staff", kind="yes_no", required=True,
        label={
            "en": "Will someone be on site every week?", "zh": "是否每周有人驻场？",
            "ko": "매주 현장에 상주하는 인력이 있습니까?",
        },
        help={"en": "A local partner counts.", "zh": "本地合作方亦可。", "ko": "현지 협력 기관도 인정합니다."},
        choices=[], max_length=2000,
    )
