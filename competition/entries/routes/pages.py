"""Pages that several views answer with."""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from competition.entries import answers as shape
from competition.entries import fields, identity, plain_answers
from competition.entries.call_window import CallWindow
from competition.entries.models import Entry
from competition.entries.queries import call_form
from competition.entries.queries import team as team_queries
from competition.entries.queries.entry_form import FileLine, files_of
from competition.entries.service import drafts, submission
from competition.kernel.data.ids import new_code
from competition.kernel.files.inspection import REASONS
from competition.kernel.web.access import current_actor


def review_page(entry: Entry, now: datetime, *, status: int = 200, error: str = "") -> ResponseReturnValue:
    """The whole entry as judges and organizers will read it, what is missing, and the button that submits it."""
    call, window, files = entry.call, CallWindow.of(entry.call), files_of(entry.id)
    terms = call_form.terms_of(call)
    can_edit = window.editable(entry.state, now)
    answers, profile = shape.complete_shape(entry.draft), submission.profile_of(entry.team)
    revision = entry.revision
    page = render_template(
        "entries/review.html", entry=entry, call=call, can_edit=can_edit, error=error,
        namings=_namings(entry, answers, profile, terms) if can_edit and call.blind else [],
        naming_kinds=identity.KINDS,
        problems=submission.entry_problems(entry.draft, terms, profile, files) if can_edit else [], files=files,
        reasons=REASONS, parts=plain_answers.parts(answers, terms), profile=plain_answers.profile(profile),
        slots=fields.SLOTS, receives=window.receives(now), why=drafts.why_closed(call, now),
        revision=revision, revisions=team_queries.revisions(entry.id) if revision else [],
        unchanged=revision is not None and entry.state == "submitted" and revision.digest == _digest(entry, files),
        key=new_code(20), may_withdraw=may_withdraw(entry, now),
    )
    return page, status


def _namings(
    entry: Entry, answers: shape.Answers, profile: dict[str, str], terms: shape.Terms
) -> list[identity.Naming]:
    """Where the texts that judges read name the team."""
    sought = identity.terms_of(
        profile, people=[(member.name, member.email) for member in team_queries.members(entry.team_id)],
        partners=[partner.get("name") or "" for partner in answers["partners"]],
    )
    read = plain_answers.parts(answers, terms, hide=plain_answers.HIDDEN_FROM_JUDGES)
    return identity.namings((unit for part in read for unit in part.units), sought)


def may_withdraw(entry: Entry, now: datetime) -> bool:
    """Whether this person is offered to take the entry back."""
    return entry.state == "submitted" and CallWindow.of(entry.call).receives(now) and (
        team_queries.role_of(current_actor().id, entry.team_id) == "lead"
    )


def _digest(entry: Entry, files: list[FileLine]) -> str:
    """The digest that a revision would have if the entry were submitted now."""
    answers = shape.final(entry.draft, submission.profile_of(entry.team))
    return shape.digest(answers, submission.file_records(files))
