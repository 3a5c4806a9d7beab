"""The groups of entries that a call's calibration tells apart: a topic or track that teams chose, or a language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from competition.calls.models import Call, Question, Stage
from competition.entries.models import Entry, Revision
from competition.extensions import db
from competition.judging.queries.participants import takes_part
from competition.kernel.text.languages import language_of_script

READ_MOST = 400  # characters of the summary; enough to see its script
BY_LANGUAGE = "language"


@dataclass(frozen=True)
class EntryGroups:
    """``by`` is :data:`BY_LANGUAGE` or the key of a question, ``label`` that question's; ``of`` each entry's group.

    Entries without an answer form a group of their own, ``""``.
    """

    by: str
    label: dict[str, str]
    of: dict[UUID, str]


def entry_groups(stage_id: UUID) -> EntryGroups | None:
    """The groups of a stage's entries under the call's rule; None where it names none."""
    call_id, group_by = db.session.execute(
        select(Call.id, Call.group_by).join(Stage, Stage.call_id == Call.id).where(Stage.id == stage_id)
    ).one()
    if not group_by:
        return None
    group_text: Any
    if group_by == BY_LANGUAGE:
        group_text, label = func.substr(Revision.answers["summary"].as_string(), 1, READ_MOST), {}
    else:
        group_text = Revision.answers[("custom", group_by)].as_string()
        question = select(Question.label).where(Question.call_id == call_id, Question.key == group_by)
        label = db.session.scalar(question) or {}
    rows = db.session.execute(
        select(Entry.id, group_text).join(Revision, Revision.id == Entry.revision_id)
        .where(Entry.call_id == call_id, takes_part(stage_id))
    )
    read = language_of_script if group_by == BY_LANGUAGE else str
    return EntryGroups(group_by, label, {entry: read(text or "") for entry, text in rows})
