"""The demo's teams and entries, each with a real PDF in storage."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from competition.accounts.models import User
from competition.calls.models import Call
from competition.demo.papers import Typesetter
from competition.demo.plan import PLANS
from competition.demo.prose import answers, lang_of
from competition.entries import answers as shape
from competition.entries.models import Attachment, Entry, Membership, Revision, Team
from competition.extensions import db
from competition.kernel.data import audit, transaction
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.files import storage

PDF = "application/pdf"


@dataclass(frozen=True)
class Paper:
    """One team's entry before it is stored: its answers and the bytes of its proposal."""

    team: dict[str, Any]
    answers: dict[str, Any]
    key: str
    body: bytes


def teams(data: dict[str, Any], users: dict[str, User], now: datetime) -> dict[str, Team]:
    """Teams by their demo id, each led by its own account."""
    by_id: dict[str, Team] = {}
    for number, facts in enumerate(data["teams"], 1):
        lead = users[f"team{number}@example.test"]
        team = Team(
            id=new_id(), code=new_code(), name=facts["name"], native_name=facts.get("native", ""),
            org_type=facts["org_type"], registration_number=f"DEMO-{number:04}", country=facts["country"],
            signatory=lead.name, contact=lead.email, created_at=now - timedelta(days=230), version=1,
        )
        db.session.add(team)
        db.session.flush()
        db.session.add(Membership(team_id=team.id, user_id=lead.id, role="lead", joined_at=team.created_at))
        by_id[facts["id"]] = team
    return by_id


def entrants(data: dict[str, Any], call_code: str, wanted: int) -> list[dict[str, Any]]:
    """The teams that chose this call, then others in a fixed order until there are ``wanted``."""
    chosen = [team for team in data["teams"] if call_code in team["applies_to"]]
    rest = [team for team in data["teams"] if team not in chosen]
    Random(call_code).shuffle(rest)
    return (chosen + rest)[:wanted]


def papers(
    call: Call, data: dict[str, Any], typesetter: Typesetter, entry_done: Callable[[], None],
) -> list[Paper]:
    """Write, typeset and upload every proposal of a call. Slow work, outside any transaction."""
    rng = Random(f"prose/{call.code}")
    proposals = []
    for team in entrants(data, call.code, PLANS[call.code].entries):
        content = answers(call, team, rng)
        lang = lang_of(team["country"])
        body = typesetter.paper(call=call.code, title=call.title[lang], lang=lang, answers=content)
        key = f"attachments/{new_code(20)}"
        storage.put(key, body, content_type=PDF)
        proposals.append(Paper(team, content, key, body))
        entry_done()
    return proposals


def submit(
    call: Call, proposals: list[Paper], teams_by_id: dict[str, Team], users: dict[str, User], now: datetime,
) -> list[Entry]:
    """Store the entries; those of calls still open stay drafts for every third team."""
    plan, rng = PLANS[call.code], Random(f"times/{call.code}")
    stored = []
    for number, paper in enumerate(proposals):
        team = teams_by_id[paper.team["id"]]
        lead = users[team.contact]
        before = timedelta(minutes=rng.randrange(20, 60 * 24 * 6))
        saved = (call.deadline_at or now) - before if plan.entered_before else now - before / 4
        entry = Entry(
            id=new_id(), call_id=call.id, team_id=team.id, code=new_code(), state="draft", draft=paper.answers,
            version=3, created_at=saved - timedelta(days=4), saved_at=saved, saved_by=lead.id,
        )
        db.session.add(entry)
        db.session.flush()
        attachment = _attachment(entry, paper, lead, saved)
        if plan.entered_before or number % 3:
            _receive(call, entry, attachment, paper, team, lead, saved)
        stored.append(entry)
    db.session.flush()
    return stored


def _attachment(entry: Entry, paper: Paper, lead: User, at: datetime) -> Attachment:
    attachment = Attachment(
        id=new_id(), entry_id=entry.id, code=new_code(), slot="proposal", name="Proposal.pdf", content_type=PDF,
        size=len(paper.body), state="ready", incoming_key=f"incoming/{new_code(20)}", key=paper.key, upload_id="",
        sha256=hashlib.sha256(paper.body).hexdigest(), created_at=at, created_by=lead.id, checked_at=at,
    )
    db.session.add(attachment)
    db.session.flush()
    return attachment


def _receive(
    call: Call, entry: Entry, attachment: Attachment, paper: Paper, team: Team, lead: User, at: datetime,
) -> None:
    files = [{
        "attachment": str(attachment.id), "slot": attachment.slot, "name": attachment.name,
        "size": attachment.size, "content_type": PDF, "sha256": attachment.sha256,
    }]
    profile = {
        "name": team.name, "native_name": team.native_name, "org_type": team.org_type, "country": team.country,
        "registration_number": team.registration_number, "signatory": team.signatory, "contact": team.contact,
    }
    final = shape.final(paper.answers, profile)
    revision = Revision(
        id=new_id(), entry_id=entry.id, number=1, answers=final, files=files, digest=shape.digest(final, files),
        quote_minor=final["quote_minor"], received_at=at, deadline_at=call.deadline_at,
        grace_seconds=call.grace_seconds, submitted_by=lead.id,
    )
    db.session.add(revision)
    db.session.flush()
    entry.state, entry.revision_id, entry.quote_minor = "submitted", revision.id, revision.quote_minor
    audit.record("entry.submitted", chain=call.id, subject=entry.code, actor_id=lead.id, now=at,
                 revision=1, digest=revision.digest)


def load_call(
    call_id: Any, data: dict[str, Any], team_ids: dict[str, Any], now: datetime, entry_done: Callable[[], None],
) -> None:
    """Everything about one call's entries, from paper to row."""
    with transaction.mode(writing=False), tempfile.TemporaryDirectory() as folder:
        call = db.session.get_one(Call, call_id)
        proposals = papers(call, data, Typesetter(Path(folder)), entry_done)
    with transaction.write():
        call = db.session.get_one(Call, call_id)
        teams_by_id = {key: db.session.get_one(Team, team_id) for key, team_id in team_ids.items()}
        users = {user.email: user for user in db.session.query(User)}
        submit(call, proposals, teams_by_id, users, now)


