"""Load the demo programme: people, calls, entries with files, panels with scores, and what followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select

from competition.calls.lifecycle import RESULT_PUBLIC
from competition.calls.models import Call, Programme
from competition.demo import closing, entries, flags, programme, scores, stages, story
from competition.demo.plan import PLANS
from competition.extensions import db
from competition.kernel.data import transaction

Report = Callable[[int, int, str], None]


def is_loaded() -> bool:
    """Whether the demo programme is there, wholly or in part."""
    count = db.session.scalar(
        select(func.count()).select_from(Programme).where(Programme.code == programme.PROGRAMME)
    )
    db.session.rollback()
    return bool(count)


def load(*, now: datetime, report: Report) -> None:
    """Load everything. ``report(done, total, what)`` is called after each entry.

    Raises
    ------
    RuntimeError
        When a programme with the demo's code exists already.
    """
    if is_loaded():
        raise RuntimeError("the demo programme is loaded already")
    data, texts = programme.read("calls.yaml"), programme.read("texts.yaml")
    with transaction.write():
        users = programme.people(data, texts, now)
        organizer = users["organizer@example.test"]
        home = programme.programme(data, texts, users, now)
        teams = {key: team.id for key, team in entries.teams(data, users, now).items()}
        calls = {
            facts["code"]: programme.call(facts, data, texts, home, organizer, now).id for facts in data["calls"]
        }
    total, done = sum(plan.entries for plan in PLANS.values()), 0

    def count_entry() -> None:
        nonlocal done
        done += 1
        report(done, total, "entries")

    for code, plan in PLANS.items():
        if plan.entries:
            entries.load_call(calls[code], data, teams, now, count_entry)
        if plan.stage == "defence":
            stages.check_eligibility(calls[code])
        if plan.panel:
            with transaction.write():
                scores.judge(db.session.get_one(Call, calls[code]), texts, now)
                flags.tell(db.session.get_one(Call, calls[code]), texts, now)
        if plan.stage == "ready" or plan.stage in RESULT_PUBLIC:
            closing.close_stage(calls[code], now)
        if plan.stage == "defence":
            stages.bring_to_defence(calls[code])
        if plan.stage in RESULT_PUBLIC:
            story.bring_to_plan(calls[code], now)
