"""Who may do what. Every route names one permission; what is not declared is refused.

A slice's ``policy`` registers, per permission, how the object named in the URL is loaded *for this
actor* and which predicate decides. A foreign object is never loaded, so it answers like a missing one.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from competition.kernel.data import transaction
from competition.kernel.errors import Missing
from competition.kernel.web.places import SECOND_FACTOR, SIGN_IN


class Permission(StrEnum):
    """Everything that a person can be allowed to do, by the slice that decides it."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    SESSION_END = "session.end"
    DEMO_MAILBOX = "demo.mailbox"

    OPERATE = "operate"
    PERSON_OPERATE = "person.operate"

    PROGRAMME_LIST = "programme.list"
    PROGRAMME_CREATE = "programme.create"
    PROGRAMME_READ = "programme.read"
    PROGRAMME_MANAGE = "programme.manage"
    PEOPLE_READ = "people.read"
    PEOPLE_MANAGE = "people.manage"
    SIGNATURE_READ = "signature.read"
    CALL_READ = "call.read"
    CALL_MANAGE = "call.manage"
    CALL_DOCUMENT_READ = "call.document_read"
    CALL_DOCUMENT = "call.document"
    AUDIT_READ = "audit.read"

    ENTRY_CREATE = "entry.create"
    ENTRY_READ = "entry.read"
    ENTRY_FORM = "entry.form"
    ENTRY_EDIT = "entry.edit"
    ENTRY_SUBMIT = "entry.submit"
    ENTRY_WITHDRAW = "entry.withdraw"
    ATTACHMENT_READ = "attachment.read"
    ATTACHMENT_EDIT = "attachment.edit"
    TEAM_READ = "team.read"
    TEAM_MANAGE = "team.manage"
    ENTRY_OVERSEE = "entry.oversee"
    ENTRIES_OPEN = "entry.open"

    ELIGIBILITY_READ = "eligibility.read"
    ELIGIBILITY_MANAGE = "eligibility.manage"
    ELIGIBILITY_OWN = "eligibility.own"
    STAGES_OWN = "stages.own"

    PANEL_READ = "panel.read"
    PANEL_MANAGE = "panel.manage"
    DEFENCE_READ = "defence.read"
    DEFENCE_MANAGE = "defence.manage"
    DEFENCE_OWN = "defence.own"
    DELIBERATION = "deliberation"
    JUDGE_QUEUE = "judge.queue"
    SEAT_ANSWER = "seat.answer"
    CONFLICT_DECLARE = "conflict.declare"
    ABSTENTION_UNDO = "abstention.undo"
    TASK_OPEN = "task.open"
    ENTRY_JUDGE = "entry.judge"

    RESULTS_READ = "results.read"
    RESULTS_MANAGE = "results.manage"
    RESULT_OWN = "result.own"
    CALENDAR_READ = "calendar.read"
    CALENDAR_MANAGE = "calendar.manage"
    SELECTION_READ = "selection.read"
    SELECTION_MANAGE = "selection.manage"
    PILOT_BOARD = "pilot.board"
    PILOT_OVERSEE = "pilot.oversee"
    PILOT_MANAGE = "pilot.manage"
    PILOT_READ = "pilot.read"
    PILOT_REPORT = "pilot.report"
    EXPORT_READ = "export.read"
    EXPORT = "export"
    EXPORT_DOWNLOAD = "export.download"
    JOB_READ = "job.read"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a request, as loaded for this request and no longer.

    Attributes
    ----------
    audiences
        For whom of "organizer", "judge" and "team" the site has pages that concern this person.
    roles
        ``(programme id, role)`` of every programme in which the person has one.
    proved_twice
        Whether this session was begun, or confirmed since, with a second factor.
    """

    user_id: UUID | None = None
    session_id: UUID | None = None
    name: str = ""
    email: str = ""
    locale: str | None = None
    zone: str | None = None
    is_operator: bool = False
    proved_twice: bool = False
    audiences: frozenset[str] = frozenset()
    roles: tuple[tuple[UUID, str], ...] = ()

    @property
    def anonymous(self) -> bool:
        return self.user_id is None

    @property
    def id(self) -> UUID:
        """The person's id; raises :class:`Missing` for an anonymous visitor."""
        if self.user_id is None:
            raise Missing("")
        return self.user_id

    def role_in(self, programme_id: UUID) -> str:
        """The person's role in a programme; empty without one."""
        return next((role for programme, role in self.roles if programme == programme_id), "")

    @property
    def role_names(self) -> frozenset[str]:
        """The roles that the person has in any programme."""
        return frozenset(role for _programme, role in self.roles)

    @property
    def is_organizer(self) -> bool:
        return "organizer" in self.audiences

    @property
    def is_judge(self) -> bool:
        return "judge" in self.audiences

    @property
    def is_team(self) -> bool:
        return "team" in self.audiences


ANONYMOUS = Actor()
Loader = Callable[..., Any]
Predicate = Callable[[Actor, Any], bool]


@dataclass(frozen=True)
class Grant:
    permission: Permission
    load: Loader | None
    allow: Predicate | None
    consumes: tuple[str, ...]
    anonymous: bool
    second_factor: bool


_grants: dict[Permission, Grant] = {}
_audiences: dict[str, Callable[[Any], ColumnElement[bool]]] = {}
_roles: list[Callable[[Any], ColumnElement[str]]] = []


def grant(
    permission: Permission, *, load: Loader | None = None, allow: Predicate | None = None, anonymous: bool = False,
    second_factor: bool = False,
) -> None:
    """Register the one rule of a permission.

    Parameters
    ----------
    load
        ``load(actor, **url_values)`` → the object, or None when it is missing or not the actor's.
        Its parameters name the URL values that it consumes. Without it there is no object.
    allow
        Pure predicate over the actor and the loaded object (None without a loader). Without it, everybody may
        for whom the object loads.
    anonymous
        Whether visitors who are not signed in may pass; others are sent to sign in.
    second_factor
        Whether whoever may is first asked for a second factor, where the installation requires one.
    """
    if permission in _grants:
        raise ValueError(f"{permission} already has a rule")
    consumes = () if load is None else tuple(inspect.signature(load).parameters)[1:]
    _grants[permission] = Grant(permission, load, allow, consumes, anonymous, second_factor)


def audience(name: str, exists: Callable[[Any], ColumnElement[bool]]) -> None:
    """Register who belongs to an audience, such as "judge", asked in the query that loads the session.

    Audiences only shape the navigation; rights are always decided by a grant.
    """
    _audiences[name] = exists


def roles_from(listed: Callable[[Any], ColumnElement[str]]) -> None:
    """Register where roles in programmes are read from, in the query that loads the session.

    ``listed(user_id)`` gives one text, ``<programme id>:<role>`` for each role, joined by commas.
    """
    _roles[:] = [listed]


def roles() -> Callable[[Any], ColumnElement[str]]:
    return _roles[0]


def read_roles(listed: str | None) -> tuple[tuple[UUID, str], ...]:
    """What :func:`roles_from` gives, as :class:`Actor` holds it."""
    pairs = (pair.split(":") for pair in (listed or "").split(",") if pair)
    return tuple((UUID(programme), role) for programme, role in pairs)


def audiences() -> dict[str, Callable[[Any], ColumnElement[bool]]]:
    return _audiences


def current_actor() -> Actor:
    return g.get("actor", ANONYMOUS)


def requires(
    permission: Permission, *, defer_write: bool = False
) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]:
    """Guard a view: load its object for the actor, decide, run it in one transaction.

    The view gets the loaded object as first argument when the permission has a loader. A method that
    may write runs in a writing transaction, committed when the status is below 400; with
    ``defer_write`` the view opens :func:`transaction.write` itself, after its slow work.
    """

    def guard(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        @functools.wraps(view)
        def guarded(**values: Any) -> ResponseReturnValue:
            rule = _grants[permission]
            actor = current_actor()
            if actor.anonymous and not rule.anonymous:
                return _to_sign_in()

            def work() -> ResponseReturnValue:
                rest = dict(values)  # a retried transaction loads again
                admitted = _admit(rule, actor, rest)
                g.permission, g.target = rule.permission, admitted[0] if admitted else None
                return _to_second_factor() if _lacks_second_factor(rule, actor) else view(*admitted, **rest)

            if defer_write or request.method in {"GET", "HEAD", "OPTIONS"}:
                return work()
            return transaction.respond(work)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return guard


def _admit(rule: Grant, actor: Actor, values: dict[str, Any]) -> tuple[Any, ...]:
    target = None
    if rule.load is not None:
        target = rule.load(actor, **{name: values.pop(name) for name in rule.consumes if name in values})
        if target is None:
            raise Missing("")
    if rule.allow is not None and not rule.allow(actor, target):
        raise Missing("")
    return () if rule.load is None else (target,)


def holds(permission: Permission, actor: Actor, **values: Any) -> bool:
    """Whether somebody has a permission for the object that URL values name, asked outside a request for it."""
    try:
        _admit(_grants[permission], actor, dict(values))
    except Missing:
        return False
    return True


def _lacks_second_factor(rule: Grant, actor: Actor) -> bool:
    required: bool = current_app.config["SETTINGS"].second_factor_required
    return rule.second_factor and required and not actor.proved_twice


def _to_sign_in() -> ResponseReturnValue:
    return redirect(SIGN_IN.url(next=asked_for()), 303)


def _to_second_factor() -> ResponseReturnValue:
    return redirect(SECOND_FACTOR.url(next=asked_for()), 303)


def asked_for() -> str | None:
    """The page to come back to: the present one, after a form the page at the form's address, if there is one."""
    adapter = current_app.create_url_adapter(request)
    is_page = request.method == "GET" or (adapter is not None and adapter.test(method="GET"))
    return request.full_path.rstrip("?") if is_page else None


grant(Permission.PUBLIC, anonymous=True)
grant(Permission.SIGNED_IN)
