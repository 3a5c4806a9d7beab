"""Roles in a programme, and the one table of what each may do.

A permission of an organizer's page is granted by :func:`grant_by_role`. A row is missing: the start fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import g
from flask_babel import lazy_gettext as _l

from competition.kernel.web.access import Actor, Loader, Permission, current_actor, grant

LEAD, ORGANIZER, DESK, OBSERVER = "lead", "organizer", "desk", "observer"
ROLES = (LEAD, ORGANIZER, DESK, OBSERVER)
LABELS: dict[str, Any] = {
    LEAD: _l("Programme lead"), ORGANIZER: _l("Organizer"), DESK: _l("Desk"), OBSERVER: _l("Observer"),
}
MEANINGS: dict[str, Any] = {
    LEAD: _l("Everything that an organizer may do, and who has which role."),
    ORGANIZER: _l("Writes calls, runs the judging, decides and publishes."),
    DESK: _l("Reads calls and entries; checks eligibility and answers questions, nothing else."),
    OBSERVER: _l("Reads all that an organizer reads and changes nothing; also for an auditor."),
}

LEADS = frozenset({LEAD})
MANAGERS = frozenset({LEAD, ORGANIZER})
READERS = MANAGERS | {OBSERVER}
EVERYBODY = frozenset(ROLES)

# Who may do what in a programme: reading first, then changing. A page and its form never share a permission.
READING: dict[Permission, frozenset[str]] = {
    Permission.PROGRAMME_READ: EVERYBODY,
    Permission.PEOPLE_READ: EVERYBODY,
    Permission.SIGNATURE_READ: READERS,
    Permission.CALL_READ: EVERYBODY,
    Permission.CALL_DOCUMENT_READ: EVERYBODY,
    Permission.AUDIT_READ: READERS,
    Permission.ENTRY_OVERSEE: EVERYBODY,
    Permission.ELIGIBILITY_READ: EVERYBODY,
    Permission.DEFENCE_READ: EVERYBODY,
    Permission.PANEL_READ: READERS,
    Permission.RESULTS_READ: READERS,
    Permission.CALENDAR_READ: READERS,
    Permission.SELECTION_READ: READERS,
    Permission.PILOT_BOARD: READERS,
    Permission.PILOT_OVERSEE: READERS,
    Permission.EXPORT_READ: READERS,
    Permission.EXPORT_DOWNLOAD: READERS,
}
CHANGING: dict[Permission, frozenset[str]] = {
    Permission.PROGRAMME_MANAGE: MANAGERS,
    Permission.PEOPLE_MANAGE: LEADS,
    Permission.CALL_MANAGE: MANAGERS,
    Permission.CALL_DOCUMENT: MANAGERS,
    Permission.ENTRIES_OPEN: MANAGERS,
    Permission.ELIGIBILITY_MANAGE: MANAGERS | {DESK},
    Permission.DEFENCE_MANAGE: MANAGERS,
    Permission.PANEL_MANAGE: MANAGERS,
    Permission.RESULTS_MANAGE: MANAGERS,
    Permission.CALENDAR_MANAGE: MANAGERS,
    Permission.SELECTION_MANAGE: MANAGERS,
    Permission.PILOT_MANAGE: MANAGERS,
    Permission.EXPORT: MANAGERS,
}
POWERS = READING | CHANGING


def programme_of(target: Any) -> UUID:
    """The id of the programme to which a loaded object belongs: a programme, a call, or what has one of them.

    Of several objects, as for a document with its call, the first counts.
    """
    if isinstance(target, tuple):
        return programme_of(target[0])
    if hasattr(target, "programme_id"):
        return UUID(str(target.programme_id))
    return UUID(str(target.call.programme_id if hasattr(target, "call") else target.id))


def has_power(actor: Actor, permission: Permission, programme_id: UUID) -> bool:
    """Whether the actor's role in this programme carries the permission."""
    return actor.role_in(programme_id) in POWERS[permission]


def grant_by_role(permission: Permission, load: Loader, *, operators: bool = False) -> None:
    """Register a permission of people with a role; ``load`` finds the object for whoever has any role.

    With ``operators`` it is theirs, too, whatever role they have.
    """
    if permission not in POWERS:
        raise ValueError(f"{permission} is not in the table of powers")

    def allow(actor: Actor, target: Any) -> bool:
        return (operators and actor.is_operator) or has_power(actor, permission, programme_of(target))

    grant(permission, load=load, allow=allow, second_factor=True)


def holds_anywhere(permission: Permission) -> Callable[[Actor], bool]:
    """Whether somebody has this permission in any programme: for links that lead to lists."""
    return lambda actor: any(role in POWERS[permission] for _programme, role in actor.roles)


def programmes_with(actor: Actor, permission: Permission) -> list[UUID]:
    """The ids of the programmes in which the actor has the permission."""
    return [programme for programme, role in actor.roles if role in POWERS[permission]]


def role_here() -> str:
    """The reader's role in the programme of the page; empty on pages of no programme."""
    target = g.get("target")
    if target is None or g.get("permission") not in POWERS:
        return ""
    return current_actor().role_in(programme_of(target))


def role_label_here() -> str:
    """The name of the reader's role in the programme of the page."""
    return str(LABELS[role_here()])


def reading_only() -> bool:
    """Whether the reader may read the page but send none of its forms, so that it shows no button for that.

    A page belongs to the powers with the first word of its permission; one without any of its own, as the list of
    signatures, to all.
    """
    role = role_here()
    area = g.permission.split(".")[0] if role else ""
    own = [roles for permission, roles in CHANGING.items() if permission.split(".")[0] == area]
    return bool(role) and not any(role in roles for roles in own or CHANGING.values())


def can(permission: str, target: Any = None) -> bool:
    """For templates: whether the reader may follow a link to a page of ``target``, by default of the page's object."""
    target = g.get("target") if target is None else target
    return target is not None and has_power(current_actor(), Permission(permission), programme_of(target))
