"""Links that later slices add to an entry on its team's list of entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OwnLink:
    """A page about one's own entry, with the words for it in the reader's language."""

    label: str
    url: str


Provider = Callable[[Sequence[UUID]], dict[UUID, OwnLink]]
_providers: list[Provider] = []


def own_links(provider: Provider) -> Provider:
    """Register a provider: for the entries of a person it returns the link of those that have the page."""
    _providers.append(provider)
    return provider


def links_of(entry_ids: Sequence[UUID]) -> dict[UUID, list[OwnLink]]:
    """The links of each entry, in the order in which the slices registered them."""
    links: dict[UUID, list[OwnLink]] = {entry_id: [] for entry_id in entry_ids}
    for provider in _providers if entry_ids else ():
        for entry_id, link in provider(entry_ids).items():
            links[entry_id].append(link)
    return links
