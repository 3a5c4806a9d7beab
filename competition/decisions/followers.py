"""What later slices do when a result is published, corrected or completed.

Decisions come before pilots in the life of a call, so nothing in this slice imports pilots. A later slice registers a
:class:`Follower` when it is imported; the commands and pages of decisions ask all that are registered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from competition.calls.models import Call
from competition.decisions.models import Publication
from competition.decisions.queries.version_comparison import Change
from competition.kernel.web.access import Actor


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a changed decision leads to, shown beside it before the correction is published.

    ``obstacle`` is the label of the state that forbids the change, empty where it is allowed; ``url`` leads to the
    page where the obstacle can be removed.
    """

    text: str
    obstacle: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Something that has to end before the call can be completed, with its page and the label of its state."""

    code: str
    url: str
    state: str


@dataclass(frozen=True)
class Follower:
    """The part of a later slice in publishing and completing.

    Parameters
    ----------
    check
        Raises :class:`RuleBroken` when one of these changes cannot be published.
    follow
        Brings the slice in line with a publication: all selected entries of a first version, else the changes.
    consequences
        Entry → what its change leads to, for the page that publishes a correction.
    obstacles
        Sentences about what keeps a call from being completed.
    unfinished
        The things that these sentences are about.
    """

    check: Callable[[Call, Sequence[Change]], None]
    follow: Callable[[Call, Publication, Sequence[Change], Actor, datetime], None]
    consequences: Callable[[Call, Sequence[Change]], Mapping[UUID, Consequence]]
    obstacles: Callable[[Call], Sequence[str]]
    unfinished: Callable[[Call], Sequence[Unfinished]]


_followers: list[Follower] = []


def register(follower: Follower) -> None:
    """Add a follower, once, when its slice is imported."""
    _followers.append(follower)


def followers() -> Sequence[Follower]:
    """All registered followers, in the order of their slices."""
    return tuple(_followers)
