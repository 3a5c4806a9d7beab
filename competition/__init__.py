"""Scenario open calls: a call is published, entered, judged, decided and piloted — one package each.

The application itself is in :mod:`competition.application`, loaded when it is first asked for: what only
starts servers (:mod:`competition.embedded`) needs neither Flask nor a database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from competition.application import SLICES, create_app, database_config

__all__ = ["SLICES", "create_app", "database_config"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("competition.application"), name)
