"""Countries and regions by their ISO 3166-1 code, named in the reader's language."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale

# CLDR's two-letter groupings and private codes that are no place of registration.
NOT_PLACES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}


@lru_cache(maxsize=8)
def choices(locale: str) -> tuple[tuple[str, str], ...]:
    """``(code, name)`` sorted by name."""
    names = Locale.parse(locale).territories
    places = [(code, name) for code, name in names.items() if len(code) == 2 and code not in NOT_PLACES]
    return tuple(sorted(places, key=lambda place: place[1].casefold()))


@lru_cache(maxsize=8)
def _by_code(locale: str) -> dict[str, str]:
    return dict(choices(locale))


def name(code: str, locale: str) -> str:
    """The place's name, or the code itself when it is none."""
    return _by_code(locale).get(code, code)
