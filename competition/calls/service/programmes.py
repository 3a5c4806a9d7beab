"""Commands on programmes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls.models import Call, Organizer, Programme, section_columns
from competition.calls.service.edit_checks import check_code, check_version
from competition.calls.service.refusals import REFUSALS
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.constraints import refused_as
from competition.kernel.data.ids import new_id
from competition.kernel.errors import RuleBroken
from competition.kernel.text.languages import LANGUAGES
from competition.kernel.web.access import Actor

COLUMNS = section_columns(Programme, "programme")


def create_programme(*, code: str, values: dict[str, Any], actor: Actor, now: datetime) -> Programme:
    """Create a programme; the actor becomes its lead.

    Parameters
    ----------
    values
        A value for each of :data:`COLUMNS`.

    Raises
    ------
    RuleBroken
        Beside the field that a rule or a constraint refuses.
    """
    code = check_code(code)
    _check(values)
    programme = Programme(id=new_id(), code=code, created_at=now, version=1, **{name: values[name] for name in COLUMNS})
    with refused_as(REFUSALS):
        db.session.add(programme)
    db.session.add(Organizer(programme_id=programme.id, user_id=actor.id, role="lead", since=now))
    audit.record("programme.created", chain=programme.id, subject=programme.id, actor_id=actor.id, now=now, code=code)
    return programme


def update_programme(
    *, programme: Programme, values: dict[str, Any], version: int, actor: Actor, now: datetime,
) -> list[str]:
    """Change a programme; returns the names of the columns that changed.

    Raises
    ------
    StaleVersion
        When somebody saved in between.
    RuleBroken
        Also when the currency would change under calls that already have amounts in it.
    """
    db.session.refresh(programme, with_for_update={"of": Programme})
    stored = {name: getattr(programme, name) for name in COLUMNS}
    check_version(programme, version, mine=values, theirs=stored)
    _check(values)
    if values["currency"] != programme.currency and _has_calls(programme):
        raise RuleBroken(_("The currency cannot change while calls have amounts in it."), field="currency")
    changed = [name for name in COLUMNS if values[name] != stored[name]]
    if not changed:
        return []
    with refused_as(REFUSALS):
        for name in changed:
            setattr(programme, name, values[name])
        programme.version += 1
    audit.record("programme.changed", chain=programme.id, subject=programme.id, actor_id=actor.id, now=now,
                 fields=changed, changes={name: [stored[name], values[name]] for name in changed})
    return changed


def _check(values: dict[str, Any]) -> None:
    if not values["languages"] or not set(values["languages"]) <= set(LANGUAGES):
        raise RuleBroken(_("Choose at least one language."), field="languages")
    first = values["languages"][0]
    if not any(values["name"].get(code) for code in values["languages"]):
        raise RuleBroken(_("Give the programme a name."), field=f"name_{first}")
    keys = list(values["themes"])
    if not keys:
        raise RuleBroken(_("Add at least one theme: readers filter calls by it."), field="themes")


def _has_calls(programme: Programme) -> bool:
    return bool(db.session.scalar(select(select(Call.id).where(Call.programme_id == programme.id).exists())))
