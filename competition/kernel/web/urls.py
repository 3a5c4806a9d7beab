"""Addresses for templates: worked out once per endpoint and language, then only filled in.

A table of a hundred rows holds hundreds of links, and building each from the route costs more than the row.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, request

from competition.kernel.text import i18n

# A value of these letters stands in an address as it is, in a path and in a query alike (RFC 3986, 2.3).
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
_addresses: dict[tuple[str, str, str, tuple[str, ...]], list[str] | None] = {}


def address(endpoint: str, **values: Any) -> str:
    """What Flask's ``url_for`` answers, from a pattern that is worked out once.

    Only for the plain case: one rule per endpoint, values that are codes, numbers or ids; whatever else
    is asked for goes to Flask.
    """
    names = tuple(values)
    if endpoint.startswith(".") or not request:
        return current_app.url_for(endpoint, **values)
    key = (i18n.lang(), request.script_root, endpoint, names)
    if key not in _addresses:
        _addresses[key] = _pattern(endpoint, names)
    pattern = _addresses[key]
    if pattern is None:
        return current_app.url_for(endpoint, **values)
    made = pattern.copy()
    for place, name in enumerate(pattern[1::2]):
        value = values[name]
        text = value if type(value) is str else str(value) if type(value) in (int, UUID) else None
        if text is None or not text or text.strip(PLAIN):
            return current_app.url_for(endpoint, **values)
        made[2 * place + 1] = text
    return "".join(made)


def _pattern(endpoint: str, names: tuple[str, ...]) -> list[str] | None:
    """The address with a gap per value, or None when only Flask can build it."""
    rules = list(current_app.url_map.iter_rules(endpoint)) if endpoint in current_app.view_functions else []
    if len(rules) != 1 or any(name.startswith("_") for name in names):
        return None
    stand_ins: dict[str, Any] = {name: f"zz{number}zz" for number, name in enumerate(names)}
    converters = rules[0]._converters
    if any(type(converters[name]).__name__ != "UnicodeConverter" for name in names if name in converters):
        return None
    address = current_app.url_for(endpoint, **stand_ins)
    pieces, rest = [], address
    for name in sorted(names, key=lambda name: address.find(stand_ins[name])):
        before, found, rest = rest.partition(stand_ins[name])
        if not found:
            return None
        pieces += [before, name]
    return [*pieces, rest]
