"""A programme with one of everything that an address can name, and people who have no business with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from competition.accounts.models import Invitation, User, UserSession
from competition.calls.models import Call, CallDocument, Stage
from competition.decisions.models import CalendarDay, Decision
from competition.entries.models import Membership, Revision
from competition.exports.models import Export
from competition.exports.service import BUILD, ExportArguments
from competition.extensions import db
from competition.judging.models import (
    Assignment,
    AssignmentPlan,
    Conflict,
    DefenceDraw,
    DefenceSession,
    DefenceSlot,
    JudgeCopy,
    ScoreSheet,
    SheetVersion,
)
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_code, new_id, new_token, token_hash
from competition.kernel.data.models import Signature
from competition.kernel.jobs import outbox
from competition.pilots.models import Milestone, Pilot
from competition.results.models import Run, RunEntry
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import make_call
from tests.factories.entries import make_attachment, make_entry, make_submitted, make_team, record
from tests.factories.judging import (
    Panel,
    close_stage,
    make_assignment,
    make_eligibility,
    make_flag,
    make_panel,
    make_seat,
    make_sheet,
)
from tests.factories.rewriting import rewrite

NOW = datetime(2026, 6, 15, 4, 0, tzinfo=UTC)
# Parts of an address that name no object by themselves.
FIXED = {"section": "facts", "day": "2026-10-01", "how": "fail", "number": "1", "position": "1"}
JUDGING = frozenset({"task.open", "conflict.declare", "entry.judge"})


@dataclass
class Person:
    """Somebody with an account; ``own`` are codes that they have a nearer tie to than to the rest of the world."""

    client: FlaskClient
    own: dict[str, str] = field(default_factory=dict)
    permissions: frozenset[str] | None = None


def _plan(panel: Panel) -> str:
    code = new_code(16)
    with transaction.write():
        db.session.add(AssignmentPlan(
            id=new_id(), stage_id=panel.rubric.stage_id, code=code, state="ready", settings={}, report={},
            fingerprint="", created_at=NOW,
        ))
    return code


def _document(call: Call) -> str:
    code = new_code(12)
    with transaction.write():
        db.session.add(CallDocument(
            id=new_id(), call_id=call.id, code=code, name="terms.pdf", content_type="application/pdf", size=10,
            key=f"calls/{new_token()}", upload_id="none", state="pending", created_at=NOW,
        ))
    return code


def _decided(panel: Panel) -> None:
    """A run with its lines and decisions, as far as addresses go."""
    run = new_id()
    with transaction.write():
        db.session.add(Run(
            id=run, call_id=panel.call.id, stage_id=panel.rubric.stage_id, number=1, state="done", method={},
            parameters={}, libraries={}, summary={}, created_at=NOW,
        ))
        db.session.flush()
        for place, entry in enumerate(panel.entries, 1):
            db.session.add(RunEntry(
                run_id=run, entry_id=entry.id, by_rank=place, by_official=place, by_calibrated=place,
                by_spread=place, rank=place, n_judges=3, quorum_met=True, gate_failed=False, passed=True, arithmetic={},
            ))
            db.session.add(Decision(
                id=new_id(), call_id=panel.call.id, run_id=run, entry_id=entry.id, proposed="selected",
                outcome="selected", decided_at=NOW,
            ))


def _pilot(panel: Panel) -> str:
    code, pilot, entry = new_code(), new_id(), panel.entries[-1]
    with transaction.write():
        db.session.add(Pilot(
            id=pilot, code=code, call_id=panel.call.id, entry_id=entry.id, team_id=entry.team_id, state="running",
            award_minor=1, created_at=NOW,
        ))
        db.session.flush()
        db.session.add(Milestone(id=new_id(), pilot_id=pilot, position=1, title="Set up", state="reported"))
    return code


def _of_programme(panel: Panel) -> dict[str, str]:
    """An export and its job, a marked day, and what waits for a signature."""
    code = new_code()
    with transaction.write():
        db.session.add(Export(
            id=new_id(), code=code, table="scores", format="csv", programme_id=panel.programme.id, state="done",
            requested_by=panel.organizer.id, key=f"exports/{code}", created_at=NOW,
            expires_at=NOW + timedelta(days=900),
        ))
        db.session.add(CalendarDay(
            programme_id=panel.programme.id, day=datetime(2026, 10, 1, tzinfo=UTC).date(), working=False,
        ))
        db.session.add(Signature(
            id=new_id(), code=f"SIGN{code}", kind="none", programme_id=panel.programme.id, chain="platform",
            subject=code, payload={}, digest="0" * 64, reason="Because.", state="proposed",
            proposed_by=panel.organizer.id, proposed_at=NOW, expires_at=NOW + timedelta(days=900),
        ))
        job = outbox.add(BUILD, ExportArguments(export=new_id()), key=code, now=NOW, owner_id=panel.organizer.id)
        db.session.flush()
        return {"export_code": code, "job_id": str(job), "signature_code": f"SIGN{code}"}


def _of_people(team: Any, lead: User) -> dict[str, str]:
    """A session of the lead and an open invitation to the team."""
    session, invitation = new_id(), new_id()
    with transaction.write():
        db.session.add(UserSession(
            id=session, token_hash=token_hash(new_token()), user_id=lead.id, created_at=NOW, seen_at=NOW,
            expires_at=NOW + timedelta(days=900),
        ))
        db.session.add(Invitation(
            id=invitation, kind="team", scope_id=team.id, email="guest@example.test", state="open", data={},
            token_hash=token_hash(new_token()), created_at=NOW, expires_at=NOW + timedelta(days=900),
        ))
    return {"session_id": str(session), "invitation_id": str(invitation), "user_id": str(lead.id),
            "team_code": team.code}


def _defence(panel: Panel) -> str:
    """A defence beside the stage that is judged, with an announced slot for each entry; the code of its session."""
    with transaction.write():
        stage = Stage(id=new_id(), call_id=panel.call.id, position=-1, kind="defence", state="closed")
        db.session.add(stage)
        db.session.flush()
        session = DefenceSession(
            id=new_id(), stage_id=stage.id, code=new_code(), starts_at=NOW + timedelta(days=900), places=9,
            place="Room",
        )
        db.session.add_all([session, DefenceDraw(stage_id=stage.id, seed="s", drawn_at=NOW, announced_at=NOW)])
        db.session.flush()
        db.session.add_all(
            DefenceSlot(stage_id=stage.id, entry_id=entry.id, session_id=session.id, position=place)
            for place, entry in enumerate(panel.entries)
        )
        return session.code


class World:
    """A programme with one of everything, and people who have no business with it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.panel, self.other = make_panel(judges=5), make_panel(judges=1, entries=1)
        panel = self.panel
        self.lead, self.member, self.gone = make_user(), make_user(), make_user()
        self.team = make_team(self.lead, self.member, self.gone)
        entry = make_submitted(panel.call, self.team)
        panel.entries.append(entry)
        file = make_attachment(entry)
        with transaction.write():
            db.session.execute(delete(Membership).where(Membership.user_id == self.gone.id))
            db.session.add(JudgeCopy(
                attachment_id=file.id, entry_id=entry.id, state="ready", key=f"judges/{file.code}",
            ))
        rewrite(update(Revision).where(Revision.entry_id == entry.id).values(files=[record(file)]))
        task = make_assignment(panel, panel.seats[0], entry)
        sheet = make_sheet(panel, task, entry)
        with transaction.write():  # reopened: a submission with its receipt, and a draft
            db.session.execute(update(SheetVersion).where(SheetVersion.sheet_id == sheet.id).values(
                reopened_at=NOW, reopened_by=panel.organizer.id, reopened_reason="A slip.",
            ))
            db.session.execute(
                update(ScoreSheet).where(ScoreSheet.id == sheet.id).values(state="draft", submitted_at=None)
            )
            db.session.execute(update(Assignment).where(Assignment.id == task.id).values(progress="draft"))
        _decided(panel)
        close_stage(panel)
        make_eligibility(panel.call)
        self.codes = {
            "session_code": _defence(panel),
            **FIXED, "programme_code": panel.programme.code, "call_code": panel.call.code, "entry_code": entry.code,
            "assignment_code": task.code, "file_code": file.code, "plan_code": _plan(panel),
            "document_code": _document(panel.call), "flag_code": make_flag(task), "pilot_code": _pilot(panel),
            **_of_programme(panel), **_of_people(self.team, self.lead),
        }
        # Anybody may enter a public call; a draft is as foreign as it gets, also one that was given up.
        self.draft = make_call(panel.programme, state="draft", published_at=None)
        self.given_up = make_call(panel.programme, state="cancelled", published_at=None)
        self.people = dict(self._people(entry))

    def _people(self, entry: Any) -> Iterator[tuple[str, Person]]:
        app, panel, other = self.app, self.panel, self.other
        rival = make_user()
        rivals = make_team(rival)
        make_submitted(panel.call, rivals)
        yield "a stranger", Person(client_of(app, make_user()))
        yield "another team's lead", Person(client_of(app, rival))
        yield "an ex-member", Person(client_of(app, self.gone))
        yield "a judge of another call", Person(client_of(app, other.judges[0]))
        yield "an organizer of another programme", Person(client_of(app, other.organizer))
        yield "a judge without this entry", Person(client_of(app, panel.judges[1]))
        recused = make_assignment(panel, panel.seats[2], entry, state="recused", progress="out")
        yield "a recused judge", Person(client_of(app, panel.judges[2]), {"assignment_code": recused.code}, JUDGING)
        barred = make_assignment(panel, panel.seats[3], entry)
        removed = make_assignment(panel, make_seat(panel.call, sitting := make_user(), state="removed"), entry)
        with transaction.write():
            db.session.add(Conflict(id=new_id(), seat_id=panel.seats[3].id, entry_id=entry.id, kind="challenged",
                                    declared_at=NOW))
        yield "a barred judge", Person(client_of(app, panel.judges[3]), {"assignment_code": barred.code}, JUDGING)
        yield "a removed judge", Person(client_of(app, sitting), {"assignment_code": removed.code}, JUDGING)
        abstained = make_assignment(
            panel, make_seat(panel.call, abstaining := make_user()), entry, state="recused", progress="out",
            abstained="Not my field.",
        )
        yield "a judge who has abstained", Person(
            client_of(app, abstaining), {"assignment_code": abstained.code}, JUDGING,
        )
        assignment = make_assignment(panel, panel.seats[4], entry, state="assigned", declared_at=None)
        yield "a judge who has not answered", Person(
            client_of(app, panel.judges[4]), {"assignment_code": assignment.code}, frozenset({"entry.judge"}),
        )
        yield "a member who does not lead", Person(
            client_of(app, self.member), {}, frozenset({"team.manage", "entry.withdraw"}),
        )

    def own_parents(self) -> dict[str, tuple[FlaskClient, str]]:
        """For each kind of parent, somebody who has one of their own."""
        organizer = self.people["an organizer of another programme"].client
        chief = make_user()
        team = make_team(chief)
        make_entry(self.other.call, team)
        return {
            "call_code": (organizer, self.other.call.code), "programme_code": (organizer, self.other.programme.code),
            "team_code": (client_of(self.app, chief), team.code),
        }
