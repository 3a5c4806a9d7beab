"""What a judge reads of an entry: the fields of ``shown`` alone, in plain text, with what the call stated for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.calls.models import Call
from competition.entries import answers as entry_answers
from competition.entries import plain_answers
from competition.entries.models import Entry, Revision, Team
from competition.entries.queries.call_form import terms_of
from competition.extensions import db
from competition.judging.models import JudgeCopy
from competition.judging.queries.entry_facts import EntryFacts, facts_of
from competition.judging.queries.shown import HIDDEN_UNITS, SHOWN, SLOTS, shown_files
from competition.judging.queries.tasks import Task
from competition.kernel.text.i18n import text_in
from competition.kernel.text.languages import html_tag, language_of

INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "video/mp4", "video/webm"})


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

    @property
    def kind(self) -> str:
        """How the page shows it: ``pdf``, ``picture`` or ``film`` inside the page, ``other`` by a link."""
        if self.content_type not in INLINE:
            return "other"
        return "pdf" if self.is_pdf else "picture" if self.content_type.startswith("image/") else "film"


@dataclass(frozen=True, slots=True)
class ReadUnit:
    """One answer as a judge reads it. ``language``: HTML tag of the team's text, or empty; ``stated``: what the call
    says of the indicator that is answered."""

    label: str
    text: str
    language: str
    stated: str


@dataclass(frozen=True, slots=True)
class ReadPart:
    title: str
    units: tuple[ReadUnit, ...]


@dataclass(frozen=True, slots=True)
class EntryReading:
    """An entry's answers as units of text, and its files. ``team`` is only set when the call is not blind.

    ``floor_percent`` is the call's share of the scale below which a gate criterion stops an entry.
    """

    parts: tuple[ReadPart, ...]
    files: tuple[FileView, ...]
    facts: EntryFacts
    team: str
    call_title: dict[str, str]
    zone: str
    floor_percent: int


def entry_for(task: Task) -> EntryReading | None:
    """What the judge of a cleared task reads: the revision that the sheet is for, else the present one."""
    revision_id = task.revision_id or task.entry_revision_id
    if task.state != "cleared" or task.gone or task.closed or revision_id is None:
        return None
    revision = db.session.execute(
        select(Revision.id, Revision.answers, Revision.files)
        .where(Revision.id == revision_id, Revision.entry_id == task.entry_id)
    ).one()
    call = _call(task.call_id)
    shown = {key: revision.answers[key] for key in SHOWN if key in revision.answers}
    return EntryReading(
        _parts(shown, terms_of(call)), _files(task.entry_id, revision.files), facts_of([revision.id])[revision.id],
        "" if call.blind else _team(task.entry_id), call.title, call.programme.zone,
        call.floor_percent,
    )


def _parts(shown: dict[str, Any], terms: entry_answers.Terms) -> tuple[ReadPart, ...]:
    indicators = {f"kpi.{kpi.key}.target": kpi for kpi in terms.kpis}
    read = []
    for part in plain_answers.parts(entry_answers.complete_shape(shown), terms, hide=HIDDEN_UNITS):
        units = tuple(_unit(unit, indicators.get(unit.key)) for unit in part.units if unit.text)
        if units:
            read.append(ReadPart(part.title, units))
    return tuple(read)


def _unit(unit: plain_answers.Unit, indicator: entry_answers.Kpi | None) -> ReadUnit:
    if indicator is None:
        return ReadUnit(unit.label, unit.text, html_tag(language_of(unit.text)), "")
    text = unit.text
    if indicator.unit and text.replace(".", "").replace(",", "").isdigit():
        text = f"{text} {indicator.unit}"
    stated = _("today %(baseline)s, aim of the call %(target)s %(unit)s", baseline=indicator.baseline or "–",
              target=indicator.target or "–", unit=indicator.unit)
    return ReadUnit(text_in(indicator.name), text, "", stated.strip())


def files_of(task: Task) -> tuple[FileView, ...]:
    """The files of a cleared task, with their storage keys."""
    revision_id = task.revision_id or task.entry_revision_id
    if task.state != "cleared" or task.gone or task.closed or revision_id is None:
        return ()
    files = db.session.scalar(
        select(Revision.files).where(Revision.id == revision_id, Revision.entry_id == task.entry_id)
    )
    return _files(task.entry_id, files or [])


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


def zone_of(task: Task) -> str:
    """The zone in which the programme tells times."""
    return _call(task.call_id).programme.zone


def _call(call_id: UUID) -> Call:
    return db.session.scalars(
        select(Call).options(joinedload(Call.programme)).where(Call.id == call_id)
    ).one()
