"""What a judge reads of an entry. A field is hidden until it is listed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.calls.models import Call
from competition.entries import answers as entry_answers
from competition.entries import plain_answers
from competition.entries.models import Entry, Revision, Team
from competition.entries.queries.call_form import spec_of
from competition.extensions import db
from competition.judging.models import JudgeCopy
from competition.judging.queries.tasks import Task

SHOWN = (
    "summary", "kpi_replies", "technical_plan", "difference", "maturity", "pilot_plan", "milestones",
    "quote_minor", "own_funds_minor", "data_ethics", "risks", "models_used", "experience", "support_wanted",
    "custom",
)
HIDDEN_UNITS = frozenset({"partners"})
SLOTS = ("proposal", "supplement", "video")


@dataclass(frozen=True, slots=True)
class FileView:
    """A file as judges get it: numbered, under a name made of its slot, never the team's own name for it."""

    number: int
    slot: str
    name: str
    content_type: str
    size: int
    state: str
    key: str = ""

    @property
    def is_pdf(self) -> bool:
        return self.content_type == "application/pdf"


@dataclass(frozen=True, slots=True)
class EntryReading:
    """An entry's answers as units of text, and its files. ``team`` is only set when the call is not blind."""

    parts: tuple[plain_answers.Part, ...]
    files: tuple[FileView, ...]
    revision_number: int
    team: str


def entry_for(task: Task) -> EntryReading | None:
    """What the judge of a cleared task reads: the revision that the sheet is for, else the present one."""
    revision_id = task.revision_id or task.entry_revision_id
    if task.state != "cleared" or task.gone or task.closed or revision_id is None:
        return None
    row = db.session.execute(
        select(Revision.id, Revision.number, Revision.answers, Revision.files)
        .where(Revision.id == revision_id, Revision.entry_id == task.entry_id)
    ).one()
    call = _call(task.call_id)
    shown = {key: row.answers[key] for key in SHOWN if key in row.answers}
    parts = plain_answers.parts(entry_answers.complete_shape(shown), spec_of(call), hide=HIDDEN_UNITS)
    return EntryReading(
        tuple(part for part in parts if any(unit.text for unit in part.units)),
        _files(task.entry_id, row.files), row.number, "" if call.blind else _team(task.entry_id),
    )


def files_of(task: Task) -> tuple[FileView, ...]:
    """The files of a cleared task, with their storage keys."""
    revision_id = task.revision_id or task.entry_revision_id
    if task.state != "cleared" or task.gone or task.closed or revision_id is None:
        return ()
    files = db.session.scalar(
        select(Revision.files).where(Revision.id == revision_id, Revision.entry_id == task.entry_id)
    )
    return _files(task.entry_id, files or [])


def shown_files(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of a revision's files that judges may see: a signed commitment names who signed."""
    return [file for file in files if file.get("slot") in SLOTS]


def _files(entry_id: UUID, files: list[dict[str, Any]]) -> tuple[FileView, ...]:
    listed = shown_files(files)
    if not listed:
        return ()
    query = select(JudgeCopy.attachment_id, JudgeCopy.state, JudgeCopy.key, JudgeCopy.size).where(
        JudgeCopy.entry_id == entry_id
    )
    copies = {str(copy.attachment_id): copy for copy in db.session.execute(query)}
    views, counts = [], dict.fromkeys(SLOTS, 0)
    for number, file in enumerate(listed, 1):
        slot = file["slot"]
        counts[slot] += 1
        copy = copies.get(str(file["attachment"]))
        state = "pending" if copy is None else copy.state
        if state == "withheld":
            continue
        views.append(FileView(
            number, slot, f"{slot}-{counts[slot]}{_ending(file['content_type'])}", file["content_type"],
            copy.size if state == "ready" and copy else file["size"], state,
            copy.key if state == "ready" and copy else "",
        ))
    return tuple(views)


ENDINGS = {
    "application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "video/mp4": ".mp4", "video/webm": ".webm",
    "video/quicktime": ".mov", "text/markdown": ".md",
    "application/zip": ".zip", "text/csv": ".csv", "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}


def _ending(content_type: str) -> str:
    return ENDINGS.get(content_type, "")


def _team(entry_id: UUID) -> str:
    query = select(Team.name).join(Entry, Entry.team_id == Team.id).where(Entry.id == entry_id)
    return db.session.scalars(query).one()


def _call(call_id: UUID) -> Call:
    return db.session.scalars(
        select(Call).options(joinedload(Call.programme)).where(Call.id == call_id)
    ).one()
