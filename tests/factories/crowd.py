"""A call with as many of everything as wanted, written in bulk: for what must not cost more with more rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from competition.accounts.models import Invitation, User
from competition.calls.models import Call, CallChange, CallDocument, Programme
from competition.calls.queries import current_rubric, deciding_stage
from competition.demo.seals import seal_all
from competition.entries.models import Attachment, Entry, Membership, Revision, Team
from competition.extensions import db
from competition.judging import scores
from competition.judging.models import Assignment, Conflict, JudgeCopy, ScoreSheet, Seat
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.data.ids import new_code, new_id, new_token, token_hash
from tests.factories.accounts import make_user
from tests.factories.calls import make_call, make_programme
from tests.factories.entries import full_answers, make_entry, make_team


@dataclass
class Crowd:
    """Who looks at it, and what they look at: ``size`` of everything; detached."""

    organizer: User
    judge: User
    lead: User
    call: Call
    entry_code: str
    task_code: str
    sheet_code: str
    draft: Entry
    team: Team


def make_crowd(size: int) -> Crowd:
    now = clock.now()
    organizer, judge, lead = make_user(), make_user(), make_user()
    programme = make_programme(organizer)
    call = make_call(programme, now=now, state="judging", deadline_at=now - timedelta(days=1))
    team = make_team(lead)
    draft = make_entry(make_call(programme, now=now), team)
    with transaction.write():
        stage = deciding_stage(call.id).id
        rubric = current_rubric(stage)
        people = _people(size)
        entries = _entries(call, size)
        seats = _seats(call, [judge.id, *people], now)
        tasks = _tasks(stage, rubric, seats, entries, now)
        _rest(call, organizer, seats, entries, now)
        _team(team, draft, lead, people, programme, now)
    return Crowd(organizer, judge, lead, call, entries[0]["code"], tasks[0]["code"], tasks[1]["code"], draft, team)


def _people(size: int) -> list[Any]:
    rows = [{"id": new_id(), "email": f"{new_code(12)}@example.test", "name": f"Person {n}",
             "created_at": clock.now()} for n in range(size)]
    db.session.execute(insert(User), rows)
    return [row["id"] for row in rows]


def _entries(call: Call, size: int) -> list[dict[str, Any]]:
    """Submitted entries, each of its own team with one file."""
    now, teams, entries, files, revisions = clock.now(), [], [], [], []
    for n in range(size):
        team = {"id": new_id(), "code": new_code(), "name": f"Team {n:03}", "created_at": now}
        entry = {"id": new_id(), "call_id": call.id, "team_id": team["id"], "code": new_code(), "state": "submitted",
                 "draft": full_answers(), "created_at": now, "saved_at": now, "quote_minor": 100}
        file = _file(entry["id"])
        listed = [{"attachment": str(file["id"]), "slot": "supplement", "name": "a.zip", "size": 10,
                   "content_type": "application/zip", "sha256": "ab" * 32}]
        revisions.append({"id": new_id(), "entry_id": entry["id"], "number": 1, "answers": full_answers(),
                          "files": listed, "digest": "cd" * 32, "quote_minor": 100, "received_at": now,
                          "deadline_at": now, "grace_seconds": 60})
        teams.append(team)
        entries.append(entry)
        files.append(file)
    for model, rows in ((Team, teams), (Entry, entries), (Attachment, files), (Revision, revisions)):
        db.session.execute(insert(model), rows)
    for entry, file, revision in zip(entries, files, revisions, strict=True):
        db.session.execute(update(Entry).where(Entry.id == entry["id"]).values(revision_id=revision["id"]))
        entry |= {"revision": revision["id"], "file": file["id"]}
    return entries


def _file(entry_id: Any) -> dict[str, Any]:
    return {"id": new_id(), "entry_id": entry_id, "code": new_code(12), "name": "a.zip", "size": 10, "state": "ready",
            "content_type": "application/zip", "incoming_key": f"incoming/{new_token()}", "upload_id": "none",
            "key": f"attachments/{new_token()}", "sha256": "ab" * 32, "created_at": clock.now()}


def _seats(call: Call, people: list[Any], now: Any) -> list[Any]:
    rows = [{"id": new_id(), "call_id": call.id, "user_id": person, "number": n, "name": f"Judge {n}",
             "email": f"{new_code(12)}@example.test", "state": "accepted", "created_at": now, "answered_at": now}
            for n, person in enumerate(people, 1)]
    db.session.execute(insert(Seat), rows)
    return [row["id"] for row in rows]


def _tasks(stage: Any, rubric: Any, seats: list[Any], entries: list[dict[str, Any]], now: Any) -> list[dict[str, Any]]:
    """The first judge has every entry, half of them scored; every other judge has the first entry."""
    tasks = []
    pairs = [(seats[0], entry) for entry in entries] + [(seat, entries[0]) for seat in seats[1:]]
    ids = sorted(new_id() for _pair in pairs)  # a queue is in their order
    for n, (seat, entry) in enumerate(pairs):
        scored = 0 < n < len(entries) and n % 2 == 1
        tasks.append({
            "id": ids[n], "stage_id": stage, "seat_id": seat, "entry_id": entry["id"], "code": new_code(16),
            "state": "cleared", "progress": "submitted" if scored else "waiting", "assigned_at": now,
            "declared_at": now, "scored": scored, "revision": entry["revision"],
        })
    columns = set(Assignment.__table__.columns.keys())
    db.session.execute(insert(Assignment), [{k: v for k, v in task.items() if k in columns} for task in tasks])
    values = [700] * len(rubric.criteria)
    db.session.execute(insert(ScoreSheet), [
        {"id": new_id(), "assignment_id": task["id"], "rubric_version_id": rubric.id, "revision_id": task["revision"],
         "state": "submitted", "scores": scores.pack(values), "comments": [""] * len(values), "overall": "Sound.",
         "total": 7000, "saved_at": now, "submitted_at": now}
        for task in tasks if task["scored"]
    ])
    seal_all(stage)
    return tasks


def _rest(call: Call, organizer: User, seats: list[Any], entries: list[dict[str, Any]], now: Any) -> None:
    db.session.execute(insert(Conflict), [
        {"id": new_id(), "seat_id": seats[-1], "entry_id": entry["id"], "kind": "automatic", "relation": "member",
         "declared_at": now} for entry in entries
    ])
    db.session.execute(insert(JudgeCopy), [
        {"attachment_id": entry["file"], "entry_id": entry["id"], "state": "waiting", "key": f"judges/{new_token()}",
         "reason": "type"} for entry in entries
    ])
    db.session.execute(insert(CallDocument), [
        {"id": new_id(), "call_id": call.id, "code": new_code(12), "name": f"{n}.pdf", "size": 10, "state": "ready",
         "content_type": "application/pdf", "key": new_token(), "created_at": now} for n in range(len(entries))
    ])
    db.session.execute(insert(CallChange), [
        {"id": new_id(), "call_id": call.id, "at": now, "summary": {"en": f"Change {n}"}, "fields": ["title"]}
        for n in range(len(entries))
    ])
    for n in range(len(entries)):
        audit.record("call.amended", chain=call.id, subject=call.id, actor_id=organizer.id, now=now, number=n)


def _team(team: Team, draft: Entry, lead: User, people: list[Any], programme: Programme, now: Any) -> None:
    """A team with members, invitations, files in its draft, and entries in as many calls."""
    db.session.execute(insert(Membership), [
        {"team_id": team.id, "user_id": person, "role": "member", "joined_at": now} for person in people
    ])
    db.session.execute(insert(Invitation), [
        {"id": new_id(), "kind": "team", "scope_id": team.id, "email": f"{new_code(12)}@example.test",
         "token_hash": token_hash(new_token()), "data": {}, "invited_by": lead.id, "created_at": now,
         "expires_at": now + timedelta(days=7)} for _person in people
    ])
    db.session.execute(insert(Attachment), [_file(draft.id) for _person in people])
    like = db.session.execute(select(Call.__table__).where(Call.id == draft.call_id)).mappings().one()
    calls = [{**like, "id": new_id(), "code": f"C-{new_code(10)}"} for _person in people]
    db.session.execute(insert(Call.__table__), calls)
    db.session.execute(insert(Entry), [
        {"id": new_id(), "call_id": call["id"], "team_id": team.id, "code": new_code(), "state": "draft",
         "draft": full_answers(), "created_at": now, "saved_at": now} for call in calls
    ])
