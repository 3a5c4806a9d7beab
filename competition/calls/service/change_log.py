"""The public change log of a call: one line per change, in every language of its programme."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _

from competition.calls import later_slices
from competition.calls.models import Call, CallChange
from competition.extensions import db
from competition.kernel.data.ids import new_id
from competition.kernel.errors import RuleBroken

Texts = dict[str, str]


def filled(texts: Mapping[str, str | None]) -> Texts:
    """The texts without languages that are empty."""
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
    """Add a line to the call's public change log; later slices tell whom it concerns."""
    change = CallChange(id=new_id(), call_id=call.id, at=now, actor_id=actor_id, summary=summary, fields=fields)
    db.session.add(change)
    later_slices.call_changed(call, change, now)
