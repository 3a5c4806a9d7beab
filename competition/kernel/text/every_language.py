"""Sentences that the platform itself writes into a public text: the same in every language."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import force_locale

from competition.kernel.text.i18n import LOCALES


def in_every_language(say: Callable[[], str]) -> dict[str, str]:
    """Language → what ``say`` returns in it."""
    said = {}
    for code, locale in LOCALES.items():
        with force_locale(locale):
            said[code] = str(say())
    return said
