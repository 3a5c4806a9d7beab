"""Who decides does not compete: the one rule of independence, asked at every door.

Whoever has a role in a programme belongs to no team with an entry in its calls and sits on no panel in it. A member of
a team with an entry in a call sits on no panel of that call.

Each slice says how its part is found in the database (:func:`register`); nothing else knows the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Uuid, literal, or_, select

from competition.extensions import db
from competition.kernel.errors import RuleBroken

ROLE, TEAM, SEAT = "role", "team", "seat"
# part(user, programme, call) as SQL; without a call, in any call of the programme.
Part = Callable[[Any, Any, Any], ColumnElement[bool]]
_parts: dict[str, Part] = {}

# (what somebody wants, what they have): what they are told, and what whoever asks for them is told.
YOURS: dict[tuple[str, str], Any] = {
    (ROLE, TEAM): _l("You belong to a team with an entry in a call of this programme. Who decides does not compete: "
                     "leave the team first, or decline the role."),
    (ROLE, SEAT): _l("You sit on a panel of this programme. Who judges does not organize: ask to be taken off the "
                     "panel first, or decline the role."),
    (TEAM, ROLE): _l("You have a role in the programme of this call. Who decides does not compete: ask a lead of the "
                     "programme to take the role away first."),
    (TEAM, SEAT): _l("You sit on the panel of this call, or are invited to. Who judges does not compete: decline the "
                     "seat, or ask the organizer to take you off the panel first."),
    (SEAT, ROLE): _l("You have a role in this programme. Who organizes does not judge: decline the seat, or ask a "
                     "lead to take the role away first."),
    (SEAT, TEAM): _l("You belong to a team with an entry in this call. Who competes does not judge: decline the seat, "
                     "or leave the team first."),
}
THEIRS: dict[tuple[str, str], Any] = {
    (ROLE, TEAM): _l("%(who)s belongs to a team with an entry in a call of this programme. Who decides does not "
                     "compete: somebody else has to take the role, or they leave the team first."),
    (ROLE, SEAT): _l("%(who)s sits on a panel of this programme, or is invited to. Who judges does not organize: "
                     "somebody else has to take the role, or the seat is taken away first."),
    (SEAT, ROLE): _l("%(who)s has a role in this programme. Who organizes does not judge: somebody else has to take "
                     "the seat, or a lead takes the role away first."),
    (SEAT, TEAM): _l("%(who)s belongs to a team with an entry in this call. Who competes does not judge: somebody "
                     "else has to take the seat."),
}
OF_A_MEMBER = _l("A member of this team has a role in the programme of this call or a seat on its panel. Who decides "
                 "does not compete: the team can enter once that member has left it or has given up the other.")


def register(kind: str, part: Part) -> None:
    """Say how it is found whether a person has a part of this kind."""
    _parts[kind] = part


def ties(kind: str, user: Any, programme: Any, call: Any = None) -> dict[str, ColumnElement[bool]]:
    """What bars a person from a part of this kind, as conditions by the kind of the other part.

    Parameters
    ----------
    user, programme, call
        Columns, parameters or ids. A role is one in the whole programme: it has no call.
    """
    return {other: part(user, programme, call) for other, part in _parts.items() if other != kind}


def tied(kind: str, user: Any, programme: Any, call: Any = None) -> ColumnElement[bool]:
    """Whether anything bars a person from a part of this kind."""
    return or_(*ties(kind, user, programme, call).values())


def check(
    kind: str, *, user_id: UUID | None, programme_id: UUID, call_id: UUID | None = None, who: str = "",
    field: str | None = None,
) -> None:
    """Refuse a part that the person's other parts exclude.

    Parameters
    ----------
    user_id
        None for an address without an account, which has no part in anything.
    who
        How the person is called for somebody else; empty when they ask for themselves.

    Raises
    ------
    RuleBroken
        With what to do about it.
    """
    if user_id is None:
        return
    call = None if call_id is None else literal(call_id, Uuid)
    conditions = ties(kind, literal(user_id, Uuid), literal(programme_id, Uuid), call)
    row = db.session.execute(select(*(condition.label(other) for other, condition in conditions.items()))).one()
    for other in (ROLE, TEAM, SEAT):
        if other in conditions and getattr(row, other):
            raise RuleBroken(THEIRS[kind, other] % {"who": who} if who else YOURS[kind, other], field=field)
