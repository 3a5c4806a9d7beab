"""Lists for people, with their language's own separators; of long ones the first names, and how many more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any

from babel import Locale
from babel.lists import format_list
from flask_babel import ngettext

from competition.kernel.text import i18n

MOST = 10


def few(names: Collection[object], most: int = MOST) -> dict[str, Any]:
    """The first ``most`` names and the count of all, as JSON: ``{"names": […], "count": 12}``."""
    return {"names": [str(name) for name in islice(names, most)], "count": len(names)}


def listed(names_and_count: Mapping[str, Any]) -> str:
    """The result of :func:`few` in the reader's language: ``A1, B2, and 12 more``."""
    names = list(names_and_count["names"])
    rest = names_and_count["count"] - len(names)
    if rest:
        names.append(ngettext("%(num)s more", "%(num)s more", rest))
    return joined(names)


def joined(names: Iterable[object]) -> str:
    """All of them, as the reader's language enumerates: ``A1, B2, and C3``, ``A1、B2和C3``."""
    return format_list([str(name) for name in names], locale=i18n.locale())


def row(names: Iterable[object]) -> str:
    """All of them side by side, none joined by an "and", as in an order or a choice: ``A1, B2, C3``, ``A1、B2、C3``."""
    return _between(str(Locale.parse(i18n.locale()).list_patterns["standard"]["middle"])).join(map(str, names))


def clauses(texts: Iterable[object]) -> str:
    """All of them, where a text may hold commas of its own: ``A1, A2; B1``, ``A1、A2；B1``."""
    return i18n.language().clause_mark.join(map(str, texts))


def _between(pattern: str) -> str:
    return pattern.removeprefix("{0}").removesuffix("{1}")
