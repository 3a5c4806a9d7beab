"""The menus of the platform. Each slice adds its entries in its ``navigation.py``, which is imported at the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from competition.kernel.web.access import Actor


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of a menu.

    Parameters
    ----------
    order
        Entries stand by rising numbers; steps of ten leave room.
    icon
        Its picture in ``icons.svg``.
    sections
        Blueprints, or names that templates set as ``section``, whose pages lie behind this entry.
    shown
        Whether a person has use for it. It only shapes the navigation; rights are decided by a grant.
    """

    endpoint: str
    label: Any
    order: int
    icon: str = ""
    sections: tuple[str, ...] = ()
    shown: Callable[[Actor], bool] = lambda _actor: True

    def url(self, **values: Any) -> str:
        return url_for(self.endpoint, **values)


class Menu:
    """Entries in their order."""

    def __init__(self) -> None:
        self._links: list[Link] = []
        self._sections: dict[str, str] = {}

    def add(self, *links: Link) -> None:
        self._links = sorted([*self._links, *links], key=lambda link: link.order)
        self._sections |= {section: link.endpoint for link in links for section in link.sections}

    def put_behind(self, endpoint: str, *sections: str) -> None:
        """Let the pages of these sections lie behind an entry of an earlier slice."""
        self._sections |= dict.fromkeys(sections, endpoint)

    def links(self, actor: Actor) -> list[Link]:
        """The entries for this person, in order."""
        return [link for link in self._links if link.shown(actor)]

    def is_current(self, link: Link, section: str) -> bool:
        """Whether a page of this section lies behind the entry."""
        return self._sections.get(section) == link.endpoint


def organizes(actor: Actor) -> bool:
    return actor.is_organizer or actor.is_operator


SITE = Menu()  # the head of public pages
WORK = Menu()  # where people work, by role; the first is where they land after signing in
RAIL = Menu()  # the left rail of the workspace
PROGRAMME = Menu()  # an organizer's pages about a whole programme; their routes take its code
