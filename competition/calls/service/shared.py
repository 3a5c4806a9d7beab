"""What every command on a call needs: its row's lock, its version, its constraints in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from competition.calls.models import Call, CallChange
from competition.extensions import db
from competition.kernel.data.ids import new_id
from competition.kernel.errors import RuleBroken, StaleVersion

CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,28}[A-Z0-9])?")
Texts = dict[str, str]

REFUSALS: Mapping[str, tuple[str | None, Any]] = {
    "uq_programme_code": ("code", _l("Another programme has this code. Choose a different one.")),
    "ck_programme_budget": ("budget", _l("A budget cannot be negative.")),
    "ck_programme_dates": ("ends_at", _l("The programme must end after it starts.")),
    "ck_programme_team_cap": ("team_cap", _l("Allow at least one award per team, or leave this empty.")),
    "uq_call_code": ("code", _l("Another call has this code. Choose a different one.")),
    "ck_call_slots": ("slots", _l("The number of pilots cannot be negative.")),
    "ck_call_budget": ("budget", _l("A budget cannot be negative.")),
    "ck_call_award_cap": ("award_cap", _l("The limit per pilot cannot be negative.")),
    "ck_call_min_trl": ("min_trl", _l("Maturity is a level from 1 to 9.")),
    "ck_call_dates": ("deadline_at", _l("The deadline must be after entries open.")),
    "ck_call_pilot_days": ("pilot_days", _l("A pilot lasts at least one day.")),
    "ck_call_grace": ("grace_seconds", _l("The time of grace cannot be negative.")),
    "ck_call_quorum": ("quorum", _l("At least one score is needed.")),
    "ck_call_reviews": ("reviews_per_entry", _l("Each entry needs at least one judge.")),
    "ck_call_trim_from": ("trim_from", _l("Dropping two of fewer than three scores leaves nothing: choose 3 or more.")),
    "ck_call_pass_mark": ("pass_mark", _l("The pass mark lies between 0 and 100.")),
    "ck_call_floor": ("floor_percent", _l("The floor lies between 0 and 100 percent.")),
    "ck_call_notice_days": ("notice_working_days", _l("The notice cannot be shorter than nothing.")),
    "uq_criterion_rubric_version_id_key": ("criteria", _l("Two criteria have the same key. Give each its own.")),
    "ck_criterion_weight": ("criteria", _l("A weight must be more than nothing.")),
    "ck_criterion_range": ("criteria", _l("The highest score must be above the lowest.")),
    "ck_criterion_step": ("criteria", _l("A step must be more than nothing.")),
    "ck_criterion_floor": ("criteria", _l("A floor lies between 0 and 100 percent.")),
    "uq_question_call_id_key": ("questions", _l("Two questions have the same key. Give each its own.")),
}


def locked(call: Call) -> Call:
    """Read the call again, holding its row until the transaction ends, so that versions are compared in turn."""
    db.session.execute(select(Call.id).where(Call.id == call.id).with_for_update())
    db.session.refresh(call)  # not locked itself: it may join the programme, which FOR UPDATE refuses
    return call


def check_version(call: Any, seen: int, *, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Refuse a write that was made from an older version.

    Raises
    ------
    StaleVersion
        With both texts, so that a person can choose.
    """
    if seen != call.version:
        raise StaleVersion(_("Somebody saved this in the meantime."), mine=mine, theirs=theirs, version=call.version)


def check_code(code: str) -> str:
    """A code as it is kept: capitals, digits and hyphens, at most 30.

    Raises
    ------
    RuleBroken
        Beside the field ``code``.
    """
    kept = code.strip().upper()
    if not CODE.fullmatch(kept):
        raise RuleBroken(
            _("Use capital letters, digits and hyphens, at most 30, such as XSG-01. It becomes part of the address."),
            field="code",
        )
    return kept


def filled(texts: Mapping[str, str | None]) -> Texts:
    """The languages that say something."""
    return {code: text for code, text in texts.items() if text}


def check_change(languages: list[str], change: Mapping[str, str | None]) -> Texts:
    """The public line about a change, in every language of the programme.

    Raises
    ------
    RuleBroken
        Beside the first language that is missing.
    """
    for code in languages:
        if not change.get(code):
            raise RuleBroken(
                _("This call is public. Say in one line what changed, in every language of the programme."),
                field=f"change_{code}",
            )
    return filled(change)


def log_change(call: Call, summary: Texts, fields: list[str], *, actor_id: UUID | None, now: datetime) -> None:
    """Add a line to the call's public change log."""
    db.session.add(CallChange(
        id=new_id(), call_id=call.id, at=now, actor_id=actor_id, summary=summary, fields=fields,
    ))
