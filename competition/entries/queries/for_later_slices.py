"""Reads for the slices that come later in the life of a call: judging, results, pilots, exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from competition.calls.models import Call
from competition.entries.answers import Answers, complete_shape
from competition.entries.attachment_kinds import NEUTRAL_NAMES
from competition.entries.models import Attachment, Entry, Revision, Team
from competition.entries.plain_answers import Part, parts
from competition.entries.queries.call_form import terms_of
from competition.extensions import db
from competition.kernel.files.file_names import extension

# What names the team; everything else in an entry is for judges to read.
IDENTITY = frozenset({"profile", "partners"})


@dataclass(frozen=True, slots=True)
class JudgeFile:
    """A file under a neutral name. ``key`` is random and says nothing; it is None until the file is checked."""

    attachment_id: UUID
    code: str
    name: str
    slot: str
    content_type: str
    size: int
    state: str
    key: str | None


@dataclass(frozen=True, slots=True)
class JudgeEntry:
    """An entry as a judge may see it: no team, no profile, no partners, no file names, no people."""

    entry_id: UUID
    revision_id: UUID
    code: str
    number: int
    quote_minor: int
    answers: Answers
    parts: tuple[Part, ...]
    files: tuple[JudgeFile, ...]


@dataclass(frozen=True, slots=True)
class SubmittedEntry:
    """A submitted entry as organizers and later computations list it; names its team."""

    id: UUID
    code: str
    revision_id: UUID
    number: int
    team_id: UUID
    team_code: str
    team_name: str
    team_native_name: str
    country: str
    quote_minor: int
    received_at: datetime
    digest: str


def for_judges(revision_id: UUID) -> JudgeEntry | None:
    """A submitted revision without identity, worded in the reader's language; None when there is none."""
    row = db.session.execute(
        select(Revision, Entry.code, Call).join(Entry, Entry.id == Revision.entry_id)
        .join(Call, Call.id == Entry.call_id).where(Revision.id == revision_id)
    ).one_or_none()
    if row is None:
        return None
    revision, code, call = row
    answers = complete_shape({key: value for key, value in revision.answers.items() if key not in IDENTITY})
    return JudgeEntry(
        entry_id=revision.entry_id, revision_id=revision.id, code=code, number=revision.number,
        quote_minor=revision.quote_minor, answers=answers, parts=parts(answers, terms_of(call), hide=IDENTITY),
        files=_neutral(revision.files),
    )


def _neutral(records: list[dict[str, Any]]) -> tuple[JudgeFile, ...]:
    ids = [UUID(item["attachment"]) for item in records]
    attachments = db.session.scalars(select(Attachment).where(Attachment.id.in_(ids))) if ids else ()
    stored = {row.id: row for row in attachments}
    files = []
    for number, item in enumerate(records, 1):
        attachment = stored[UUID(item["attachment"])]
        ending = extension(item["name"])
        stem = NEUTRAL_NAMES.get(ending, "Document")
        suffix = f".{ending}" if ending in NEUTRAL_NAMES else ""
        files.append(JudgeFile(
            attachment.id, attachment.code, f"{stem} {number}{suffix}", item["slot"], item["content_type"],
            item["size"], attachment.state, attachment.key,
        ))
    return tuple(files)


def submitted_entries(call_id: UUID) -> tuple[SubmittedEntry, ...]:
    """Every submitted entry of a call, ordered by its code."""
    query = (
        select(
            Entry.id, Entry.code, Revision.id, Revision.number, Team.id, Team.code, Team.name, Team.native_name,
            Team.country, Revision.quote_minor, Revision.received_at, Revision.digest,
        )
        .join(Revision, Revision.id == Entry.revision_id).join(Team, Team.id == Entry.team_id)
        .where(Entry.call_id == call_id, Entry.state == "submitted").order_by(Entry.code)
    )
    rows: Any = db.session.execute(query)
    return tuple(SubmittedEntry(*row) for row in rows)
