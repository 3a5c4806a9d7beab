"""Sentences that the platform itself writes into a public text, in every language."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import force_locale

from competition.kernel.text.languages import LANGUAGES


def in_every_language(sentence: Callable[[], object]) -> dict[str, str]:
    """The results of ``sentence``, which translates when it is called, as ``{language: text}``."""
    texts = {}
    for code, language in LANGUAGES.items():
        with force_locale(language.locale):
            texts[code] = str(sentence())
    return texts
