"""The stages of a call as its organizers follow them, and what became of a team's own entry in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload

from competition.calls import queries
from competition.calls.models import Call, Stage
from competition.calls.rules import advance_sentence
from competition.calls.stages import is_scored, stage_names
from competition.entries.models import Entry, Membership, Team
from competition.extensions import db
from competition.judging.models import Assignment, StageOutcome
from competition.judging.queries.participants import takes_part
from competition.kernel.data.paging import Key, Page, PagedQuery
from competition.kernel.web.access import Actor

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage: how many entries take part, how far their sheets are, how many may not yet know if they go on."""

    stage: Stage
    name: str
    scored: bool
    entries: int
    assigned: int
    submitted: int
    undecided: int
    last: bool


@dataclass(frozen=True, slots=True)
class Participant:
    """An entry that takes part in a stage."""

    code: str
    team: str


def stage_lines(call: Call) -> list[StageLine]:
    """Every stage of a call, in order."""
    stages = queries.stages(call.id)
    sheets = {
        row.stage_id: (row.assigned, row.submitted) for row in db.session.execute(
            select(
                Assignment.stage_id, func.count().filter(Assignment.progress != "out").label("assigned"),
                func.count().filter(Assignment.progress == "submitted").label("submitted"),
            ).where(Assignment.stage_id.in_([stage.id for stage in stages])).group_by(Assignment.stage_id)
        )
    }
    return [
        StageLine(stage, name, is_scored(stage), participants_count(stage), *sheets.get(stage.id, (0, 0)),
                  undecided(stage), place == len(stages) - 1)
        for place, (stage, name) in enumerate(zip(stages, stage_names(stages), strict=True))
    ]


def participants_count(stage: Stage) -> int:
    """How many entries take part in a stage, as far as that is decided."""
    query = select(func.count()).select_from(Entry).where(Entry.call_id == stage.call_id, takes_part(stage.id))
    return db.session.scalar(query) or 0


def undecided(stage: Stage) -> int:
    """How many entries of a stage neither go on nor are told that they do not."""
    decided = exists().where(StageOutcome.stage_id == stage.id, StageOutcome.entry_id == Entry.id)
    of_stage = (Entry.call_id == stage.call_id, takes_part(stage.id), ~decided)
    query = select(func.count()).select_from(Entry).where(*of_stage)
    return db.session.scalar(query) or 0


def participants(stage: Stage, cursor: str | None, size: int = PAGE_SIZE) -> Page[Participant]:
    """A page of the entries that take part in a stage, by code."""
    query = (
        select(Entry.code, Team.name.label("team")).join(Team, Team.id == Entry.team_id)
        .where(Entry.call_id == stage.call_id, takes_part(stage.id))
    )
    return PagedQuery(lambda: query, (Key(Entry.code, "code"),), Participant).page(cursor, size)


def next_to_open(stages: Sequence[Stage]) -> Stage | None:
    """The first stage that was not opened yet."""
    return next((stage for stage in stages if stage.state == "planned"), None)


def obstacle(call: Call, stages: Sequence[Stage]) -> str:
    """Why the next stage cannot be opened now; empty when it can."""
    following = next_to_open(stages)
    if following is None:
        return _("Every stage of this call has been opened.")
    place = stages.index(following)
    if call.state != "judging" or place == 0:
        return _("The first stage opens when judging starts.")
    before, name = stages[place - 1], stage_names(stages)[place - 1]
    if before.state != "closed":
        return _("“%(stage)s” is not closed yet.", stage=name)
    open_questions = undecided(before)
    if open_questions:
        return ngettext("It is not decided for %(num)s entry of “%(stage)s” whether it goes on.",
                        "It is not decided for %(num)s entries of “%(stage)s” whether they go on.",
                        open_questions, stage=name)
    if not participants_count(following):
        return _("No entry goes on: there is nothing to judge.")
    return ""


@dataclass(frozen=True, slots=True)
class OwnStage:
    """What became of a team's own entry in one stage: ``outcome`` is empty while nothing is decided.

    ``reason`` is that of the organizers, or else the rule by which it was decided.
    """

    name: str
    state: str
    opened_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    outcome: str
    reason: str
    last: bool


@dataclass(frozen=True, slots=True)
class OwnStages:
    """A team's own entry with the stages that it passes through; it takes part until one stops it."""

    call: Call
    entry_code: str
    stages: tuple[OwnStage, ...]


def own_stages(actor: Actor, entry_code: str) -> OwnStages | None:
    """The stages of an entry, for the members of its team."""
    entry = db.session.scalar(
        select(Entry).join(Membership, Membership.team_id == Entry.team_id)
        .where(Entry.code == entry_code, Membership.user_id == actor.user_id, Entry.state == "submitted")
        .options(joinedload(Entry.call).joinedload(Call.programme))
    )
    if entry is None:
        return None
    stages = queries.stages(entry.call_id)
    names = stage_names(stages)
    outcomes = _outcomes(entry.id)
    lines, goes_on = [], True
    for place, stage in enumerate(stages):
        if not goes_on:
            break
        outcome = outcomes.get(stage.id)
        last = place == len(stages) - 1
        rule = advance_sentence(stage, names[place + 1]) if not last and is_scored(stage) else ""
        lines.append(OwnStage(
            names[place], stage.state, stage.opened_at, stage.due_at, stage.closed_at,
            "" if outcome is None else outcome.outcome, "" if outcome is None else outcome.reason or rule, last,
        ))
        goes_on = outcome is None or outcome.outcome == "advanced"
    return OwnStages(entry.call, entry.code, tuple(lines))


def _outcomes(entry_id: UUID) -> dict[UUID, StageOutcome]:
    rows = db.session.scalars(select(StageOutcome).where(StageOutcome.entry_id == entry_id))
    return {row.stage_id: row for row in rows}
