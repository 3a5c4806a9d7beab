"""Teams and entries, written through the models."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from competition.accounts.models import User
from competition.calls.models import Call
from competition.entries import answers as shape
from competition.entries.models import Attachment, Entry, Membership, Revision, Team
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_code, new_id, new_token
from tests.factories.calls import NOW

_counter = itertools.count(1)
KPIS = ("k1",)


def full_answers(**changes: Any) -> dict[str, Any]:
    """Answers with which an entry to :func:`tests.factories.calls.make_call` is complete."""
    return {
        **shape.empty(), "summary": "Neighbours hear within the hour.", "technical_plan": "Edge boxes, no cameras.",
        "kpi_replies": {key: {"target": "90", "how": "By consented signals."} for key in KPIS},
        "difference": "Works without cameras.", "maturity": {"trl": 6, "evidence": "Runs in 40 homes."},
        "pilot_plan": "Three communities, 150 days.",
        "milestones": [{"title": "Set up", "days": 30, "share_percent": 30},
                       {"title": "Run", "days": 120, "share_percent": 40},
                       {"title": "Report", "days": 150, "share_percent": 30}],
        "quote_minor": 28_000_000, "own_funds_minor": 2_000_000, "data_ethics": "Consent, opt-out in 24 hours.",
        "risks": "Sensors fail; weekly checks.", **changes,
    }


def full_form(**changes: str) -> dict[str, str]:
    """The same answers as a browser posts them."""
    answers = full_answers()
    typed = {name: text for name, text in shape.typed(answers, "CNY").items() if text}
    return {**typed, "support_wanted": "", **changes}


def make_team(lead: User, *members: User, **columns: Any) -> Team:
    """A team with a complete profile; detached."""
    number = next(_counter)
    with transaction.write():
        team = Team(**{
            "id": new_id(), "code": new_code(), "name": f"Louxia Loom Lab {number}", "native_name": f"楼下织机{number}",
            "org_type": "company", "registration_number": f"91310000MA{number:08}", "country": "CN",
            "signatory": "Lin Wei", "contact": "team@example.test", "created_at": NOW, "version": 1, **columns,
        })
        db.session.add(team)
        db.session.flush()
        db.session.add(Membership(team_id=team.id, user_id=lead.id, role="lead", joined_at=NOW))
        db.session.add_all(
            Membership(team_id=team.id, user_id=person.id, role="member", joined_at=NOW) for person in members
        )
        db.session.flush()
        db.session.expunge_all()
    return team


def make_entry(call: Call, team: Team, *, answers: dict[str, Any] | None = None, **columns: Any) -> Entry:
    """A draft, complete unless other answers are given; detached."""
    with transaction.write():
        entry = Entry(**{
            "id": new_id(), "call_id": call.id, "team_id": team.id, "code": new_code(), "state": "draft",
            "draft": full_answers() if answers is None else answers, "version": 1, "created_at": NOW,
            "saved_at": NOW, "saved_by": None, **columns,
        })
        db.session.add(entry)
        db.session.flush()
        db.session.expunge_all()
    return entry


def make_submitted(
    call: Call, team: Team, *, answers: dict[str, Any] | None = None, files: list[dict[str, Any]] | None = None,
    received_at: datetime = NOW,
) -> Entry:
    """A received entry with one revision; detached."""
    return receive(make_entry(call, team, answers=answers), files=files, received_at=received_at)


def receive(entry: Entry, *, files: list[dict[str, Any]] | None = None, received_at: datetime = NOW) -> Entry:
    """The first revision of a draft, received as it is; detached."""
    with transaction.write():
        stored = db.session.get_one(Entry, entry.id)
        call, team = stored.call, stored.team
        final = shape.final(stored.draft, {"name": team.name, "native_name": team.native_name})
        revision = Revision(
            id=new_id(), entry_id=entry.id, number=1, answers=final, files=files or [],
            digest=shape.digest(final, files or []), quote_minor=final["quote_minor"], received_at=received_at,
            deadline_at=call.deadline_at or received_at, grace_seconds=call.grace_seconds,
        )
        db.session.add(revision)
        db.session.flush()
        stored.state, stored.revision_id, stored.quote_minor = "submitted", revision.id, revision.quote_minor
        db.session.flush()
        db.session.refresh(stored)
        db.session.expunge_all()
    return stored


def make_attachment(entry: Entry, *, name: str = "plan.pdf", **columns: Any) -> Attachment:
    """A checked file; its bytes are not in the storage unless the test puts them there. Detached."""
    with transaction.write():
        file = Attachment(**{
            "id": new_id(), "entry_id": entry.id, "code": new_code(12), "slot": "proposal", "name": name,
            "content_type": "application/pdf", "size": 1000, "state": "ready",
            "incoming_key": f"incoming/{new_token()}",
            "key": f"attachments/{new_token()}", "upload_id": "none", "sha256": "ab" * 32, "created_at": NOW, **columns,
        })
        db.session.add(file)
        db.session.flush()
        db.session.expunge_all()
    return file


def record(file: Attachment) -> dict[str, Any]:
    """A file as a revision lists it."""
    return {"attachment": str(file.id), "slot": file.slot, "name": file.name, "size": file.size,
            "content_type": file.content_type, "sha256": file.sha256}
