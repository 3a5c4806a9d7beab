"""The steps in the life of a call that an organizer takes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls import later_slices, preflight
from competition.calls.lifecycle import CALL, STAGE
from competition.calls.models import COPIED, QUESTION_COLUMNS, Call, Programme, Question
from competition.calls.queries import current_rubric, stages
from competition.calls.service.change_log import Texts, check_change, filled, log_change
from competition.calls.service.edit_checks import check_code, locked
from competition.calls.service.refusals import REFUSALS
from competition.calls.service.rubric import add_version
from competition.calls.service.stages import add_stage
from competition.calls.stages import STRUCTURE, is_scored
from competition.calls.standard_checklist import CHECKLIST
from competition.calls.standard_rubric import CRITERIA, RUBRIC_NAME, TIE_BREAK
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.constraints import refused_as
from competition.kernel.data.ids import new_id
from competition.kernel.errors import RuleBroken
from competition.kernel.text.i18n import moment
from competition.kernel.web.access import Actor


def create_call(*, programme: Programme, code: str, title: Texts, actor: Actor, now: datetime) -> Call:
    """Create a draft with the default rules and the standard rubric.

    Raises
    ------
    RuleBroken
        When the code is taken or malformed, or the title is empty in every language.
    """
    code, title = check_code(code), filled(title)
    if not title:
        raise RuleBroken(_("Give the call a title in at least one language."), field=f"title_{programme.languages[0]}")
    call = Call(
        id=new_id(), programme_id=programme.id, code=code, state="draft", version=1, title=title, summary={}, owner={},
        organiser={}, details={}, kpis=[], tie_break=list(TIE_BREAK), checklist=list(CHECKLIST),
        created_at=now, theme="",
    )
    with refused_as(REFUSALS):
        db.session.add(call)
    stage = add_stage(call, position=1, kind="desk_review")
    add_version(stage, 1, RUBRIC_NAME, CRITERIA, now=now)
    audit.record("call.created", chain=call.id, subject=call.id, actor_id=actor.id, now=now, code=code)
    return call


def copy_call(*, source: Call, programme: Programme, code: str, actor: Actor, now: datetime) -> Call:
    """Create a draft with the texts, rules, stages, rubrics and questions of another call; dates stay empty.

    Documents are not copied: they are files of that call.
    """
    code = check_code(code)
    call = Call(
        id=new_id(), programme_id=programme.id, code=code, state="draft", version=1, created_at=now,
        **{name: getattr(source, name) for name in COPIED},
    )
    if call.theme not in programme.themes:
        call.theme = ""
    with refused_as(REFUSALS):
        db.session.add(call)
    for stage in stages(source.id):
        copied = add_stage(call, position=stage.position, **{name: getattr(stage, name) for name in STRUCTURE})
        if is_scored(stage):
            rubric = current_rubric(stage.id)
            add_version(copied, 1, rubric.name, rubric.criteria, now=now)
    for question in db.session.scalars(select(Question).where(Question.call_id == source.id)):
        db.session.add(Question(id=new_id(), call_id=call.id, **{
            name: getattr(question, name) for name in ("position", *QUESTION_COLUMNS)
        }))
    audit.record("call.copied", chain=call.id, subject=call.id, actor_id=actor.id, now=now, code=code,
                 source=source.code)
    return call


def publish(*, call: Call, actor: Actor, now: datetime) -> None:
    """Make a draft public. Without a date of opening it opens at once.

    Raises
    ------
    IllegalMove
        When the call is no draft any more.
    RuleBroken
        When something that readers need is missing.
    """
    locked(call)
    CALL.advance(call, "publish")
    missing = [finding for finding in preflight.findings(call, preflight.load(call), now) if finding.blocking]
    if missing:
        raise RuleBroken(_("Not published: %(reason)s", reason=missing[0].text))
    call.published_at = now
    if call.opens_at is None or call.opens_at < now:
        call.opens_at = now
    call.version += 1
    audit.record("call.published", chain=call.id, subject=call.id, actor_id=actor.id, now=now,
                 deadline=call.deadline_at, slots=call.slots, budget_minor=call.budget_minor)


def cancel(*, call: Call, reason: dict[str, Any], actor: Actor, now: datetime) -> None:
    """End a call before its result. The reason becomes the last line of its public change log.

    Raises
    ------
    IllegalMove
        Once results are on public notice.
    RuleBroken
        Without a reason in every language of the programme.
    """
    locked(call)
    before = call.state
    texts = check_change(call.programme.languages, reason)
    CALL.advance(call, "cancel")
    call.version += 1
    if before != "draft":
        log_change(call, texts, ["state"], actor_id=actor.id, now=now)
    audit.record("call.cancelled", chain=call.id, subject=call.id, actor_id=actor.id, now=now, before=before,
                 reason=texts)


def start_judging(*, call: Call, actor: Actor, now: datetime) -> None:
    """Close the entries for good and open the first stage of the call.

    Raises
    ------
    IllegalMove
        When the call is not published.
    RuleBroken
        While an entry could still arrive in time: until the deadline and its grace are over.
    """
    locked(call)
    closes = judging_from(call)
    if call.state == "published" and (closes is None or now <= closes):
        raise RuleBroken(_("Judging can start once entries are closed, after %(when)s.",
                           when=moment(closes, call.programme.zone) if closes else _("the deadline")))
    if call.state == "published" and call.entries_opened_at is None:
        raise RuleBroken(_("Open the entries first: the page “Entries” of the call does it."))
    CALL.advance(call, "start_judging")
    call.version += 1
    first = stages(call.id)[0]
    STAGE.advance(first, "open")
    first.opened_at = now
    db.session.flush()
    later_slices.stage_opened(first, now)
    audit.record("call.judging_started", chain=call.id, subject=call.id, actor_id=actor.id, now=now)


def judging_from(call: Call) -> datetime | None:
    """The last instant at which an entry is still in time."""
    return None if call.deadline_at is None else call.deadline_at + timedelta(seconds=call.grace_seconds)


