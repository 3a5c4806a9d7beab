"""Long lists for people: the first names, and how many more there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any

from babel.lists import format_list
from flask_babel import ngettext

from competition.kernel import i18n

MOST = 10


def few(names: Collection[object], most: int = MOST) -> dict[str, Any]:
    """The first ``most`` names and the count of all, as JSON: ``{"names": […], "count": 12}``."""
    return {"names": [str(name) for name in islice(names, most)], "count": len(names)}


def listed(kept: Mapping[str, Any]) -> str:
    """What :func:`few` kept, in the reader's language: ``A1, B2, and 12 more``."""
    names, rest = list(kept["names"]), kept["count"] - len(kept["names"])
    if rest:
        names.append(ngettext("%(num)s more", "%(num)s more", rest))
    return joined(names)


def joined(names: Iterable[object]) -> str:
    """All of them, as the reader's language enumerates: ``A1, B2, and C3``, ``A1、B2和C3``."""
    return format_list([str(name) for name in names], locale=i18n.locale())
