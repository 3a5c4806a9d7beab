"""Who can sign: the persons who run what an act belongs to. The slice that owns it says who they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from competition.kernel.web.access import Actor, Permission, holds


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be asked to sign."""

    id: UUID
    name: str
    email: str
    locale: str
    roles: tuple[tuple[UUID, str], ...] = ()

    @property
    def actor(self) -> Actor:
        """The person as the rule of a permission sees them."""
        return Actor(user_id=self.id, name=self.name, email=self.email, locale=self.locale, roles=self.roles)


@dataclass(frozen=True, slots=True)
class Circle:
    """A programme and the persons who run it."""

    code: str
    name: dict[str, str]
    zone: str
    people: tuple[Person, ...]


def signs(person: Person, programme_code: str) -> bool:
    """Whether somebody of the circle signs at all: whoever may manage the programme, whatever they may propose."""
    return holds(Permission.PROGRAMME_MANAGE, person.actor, programme_code=programme_code)


_load: list[Callable[[UUID], Circle]] = []


def circles(load: Callable[[UUID], Circle]) -> Callable[[UUID], Circle]:
    """Register how a programme's circle is read; there is one owner of programmes."""
    _load[:] = [load]
    return load


def circle(programme_id: UUID) -> Circle:
    return _load[0](programme_id)
