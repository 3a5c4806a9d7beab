"""Panels, assignments and score sheets, written through the models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Call, Organizer, Programme, Stage
from competition.calls.queries import RubricView, current_rubric, deciding_stage
from competition.demo.seals import seal_all
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging import scores
from competition.judging.models import Assignment, DefenceDraw, DefenceSession, DefenceSlot, Flag, ScoreSheet, Seat
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.data.models import Signature
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW, make_call, make_programme
from tests.factories.entries import make_submitted, make_team


@dataclass
class Panel:
    """A call being judged, with everybody and everything in it; detached."""

    organizer: User
    programme: Programme
    call: Call
    judges: list[User]
    seats: list[Seat]
    entries: list[Entry]
    rubric: RubricView


def make_seat(call: Call, user: User | None = None, **columns: Any) -> Seat:
    """An accepted seat (another state by ``state=``); detached."""
    person = user or make_user()
    with transaction.write():
        taken = db.session.scalars(select(Seat.number).where(Seat.call_id == call.id)).all()
        seat = Seat(**{
            "id": new_id(), "call_id": call.id, "user_id": person.id, "number": max(taken, default=0) + 1,
            "name": person.name, "email": person.email, "organisation": "", "languages": [], "expertise": [],
            "capacity": 40, "state": "accepted", "created_at": NOW, "answered_at": NOW, **columns,
        })
        db.session.add(seat)
        db.session.flush()
        db.session.expunge_all()
    return seat


def make_panel(*, judges: int = 3, entries: int = 2, call: dict[str, Any] | None = None) -> Panel:
    """A call in judging with accepted judges and submitted entries, nothing assigned yet."""
    organizer = make_user(name="Olive Organizer")
    programme = make_programme(organizer)
    created = make_call(programme, **{"state": "judging", "deadline_at": NOW - timedelta(days=1), **(call or {})})
    people = [make_user(name=f"Judge Person {number}") for number in range(1, judges + 1)]
    seats = [make_seat(created, person) for person in people]
    submitted = [make_submitted(created, make_team(make_user())) for _ in range(entries)]
    rubric = current_rubric(deciding_stage(created.id).id)
    db.session.rollback()
    return Panel(organizer, programme, created, people, seats, sorted(submitted, key=lambda entry: entry.code), rubric)


def make_assignment(panel: Panel, seat: Seat, entry: Entry, **columns: Any) -> Assignment:
    """An assignment whose judge has declared no conflict (``state="assigned"`` for an unanswered one)."""
    with transaction.write():
        assignment = Assignment(**{
            "id": new_id(), "stage_id": panel.rubric.stage_id, "seat_id": seat.id, "entry_id": entry.id,
            "code": new_code(16), "state": "cleared", "progress": "waiting", "kind": "manual", "assigned_at": NOW,
            "declared_at": NOW, **columns,
        })
        db.session.add(assignment)
        db.session.flush()
        db.session.expunge_all()
    return assignment


def make_sheet(
    panel: Panel, assignment: Assignment, entry: Entry, values: Sequence[int | None] | None = None,
    **columns: Any,
) -> ScoreSheet:
    """A submitted sheet (``state="draft"`` for a draft); all criteria at 7 points unless values are given."""
    hundredths = list(values) if values is not None else [700] * len(panel.rubric.criteria)
    fitting = len(hundredths) == len(panel.rubric.criteria)
    with transaction.write():
        sheet = ScoreSheet(**{
            "id": new_id(), "assignment_id": assignment.id, "rubric_version_id": panel.rubric.id,
            "revision_id": entry.revision_id, "state": "submitted", "scores": scores.pack(hundredths),
            "comments": [""] * len(hundredths), "overall": "Sound.", "version": 1,
            "total": scores.total(hundredths, panel.rubric.criteria) if fitting else None,
            "saved_at": NOW, "submitted_at": NOW, **columns,
        })
        db.session.add(sheet)
        stored = db.session.get_one(Assignment, assignment.id)
        stored.progress = sheet.state
        db.session.flush()
        seal_all(panel.rubric.stage_id)
        db.session.expunge_all()
    return sheet


def make_flag(assignment: Assignment, kind: str = "identity") -> str:
    """An open flag of the assignment's judge; returns its code."""
    code = new_code(12)
    with transaction.write():
        db.session.add(Flag(
            id=new_id(), assignment_id=assignment.id, code=code, kind=kind, text="It names itself.", raised_at=NOW,
        ))
    return code


def sheet_form(panel: Panel, score: str = "7", **changes: str) -> dict[str, str]:
    """A complete score sheet as a browser posts it."""
    fields = {"version": "0", "rubric": str(panel.rubric.id), "overall": "Sound and honest."}
    for criterion in panel.rubric.criteria:
        fields[f"score-{criterion.key}"] = score
        fields[f"comment-{criterion.key}"] = ""
    return {**fields, **changes}


def make_defence(panel: Panel, *, starts_at: datetime, announced: bool = True, places: int = 8) -> DefenceSession:
    """Make the call's stage a defence with one session and a drawn order, in the order of the entries; detached."""
    with transaction.write():
        stage = db.session.get_one(Stage, panel.rubric.stage_id)
        stage.kind, stage.quorum = "defence", 5
        session = DefenceSession(
            id=new_id(), stage_id=stage.id, code=new_code(), starts_at=starts_at, places=places, place="Room 3",
            presentation_minutes=8, question_minutes=7, pause_minutes=5,
        )
        db.session.add_all([session, DefenceDraw(
            stage_id=stage.id, seed="seed", drawn_at=NOW, sequence=1, announced_at=NOW if announced else None,
        )])
        db.session.flush()
        db.session.add_all(
            DefenceSlot(stage_id=stage.id, entry_id=entry.id, session_id=session.id, position=position, attendance="")
            for position, entry in enumerate(panel.entries)
        )
        db.session.flush()
        db.session.expunge_all()
    return session


def make_eligibility(call: Call, *, state: str = "open", points: Sequence[str] = ("eligible", "documents")) -> Stage:
    """Give a call an eligibility stage before its others, with a checklist of these points; detached."""
    with transaction.write():
        stage = Stage(id=new_id(), call_id=call.id, position=0, kind="eligibility", state=state, opened_at=NOW)
        db.session.add(stage)
        db.session.get_one(Call, call.id).checklist = [
            {"key": point, "label": {"en": f"Point {point}"}} for point in points
        ]
        db.session.flush()
        db.session.expunge_all()
    return stage


def close_stage(panel: Panel) -> None:
    """Close the panel's stage, so that its scores can be read and aggregated."""
    with transaction.write():
        stage = db.session.get_one(Stage, panel.rubric.stage_id)
        stage.state, stage.closed_at = "closed", NOW


def sign_with(app: Flask, panel: Panel) -> Callable[[], None]:
    """A second organizer of the panel's programme; calling the result signs all that waits for a signature."""
    second = make_user(name="Sam Second")
    with transaction.write():
        db.session.add(Organizer(programme_id=panel.programme.id, user_id=second.id, since=NOW))
    client = client_of(app, second)

    def sign() -> None:
        db.session.rollback()
        codes = db.session.scalars(select(Signature.code).where(Signature.state == "proposed")).all()
        db.session.rollback()
        assert codes
        for code in codes:
            path = f"/en/organizer/programmes/{panel.programme.code}/signatures/{code}/sign"
            assert client.post(path).status_code == 303

    return sign
