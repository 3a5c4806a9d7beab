"""Translated sentences for templates.

A page says some forty sentences and Flask-Babel takes about 13 µs for each. Here a sentence is
looked up once per process and language; after that it costs a dictionary access.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Flask, g
from flask_babel import get_translations
from flask_babel import gettext as translate
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import escape

from competition.kernel.text import i18n

MOST = 8192  # sentences kept; templates hold far fewer, so this only bounds a mistake
NOTHING: Mapping[str, Any] = MappingProxyType({})
_kept: dict[tuple[str, bool, str], str] = {}
UNSPOKEN: tuple[Any, dict[str, str]] = (None, {})
_said: dict[str, dict[str, str]] = {}
_catalogues: dict[str, Any] = {}


def init_app(app: Flask) -> None:
    """Put ``_``, ``gettext`` and ``ngettext`` in the place of Flask-Babel's; ``{% trans %}`` uses them too."""
    app.jinja_env.globals.update(_=_gettext, gettext=_gettext, ngettext=_ngettext)


@pass_eval_context
def _gettext(context: EvalContext, sentence: str, /, **values: Any) -> str:
    """The sentence in the reader's language; ``%(name)s`` filled with ``values``, all escaped in HTML."""
    return say(sentence, escaped=context.autoescape, values=values)


def gettext(sentence: str, /, **values: Any) -> str:
    """As Flask-Babel's, for modules that say dozens of sentences a page."""
    try:
        here = g._get_current_object().__dict__.get("_flask_babel")
    except RuntimeError:  # outside of the application
        here = None
    locale = getattr(here, "babel_locale", None)
    if locale is None:
        return translate(sentence, **values)
    spoken, said = getattr(here, "opencall_said", UNSPOKEN)
    if spoken is not locale:  # the first sentence, or another language for a while
        said = _said.setdefault(str(locale), {})
        here.opencall_said = (locale, said)
    found = said.get(sentence)
    if found is None:
        found = translate(sentence)
        if len(said) < MOST:
            said[sentence] = found
    return found % values if values else found


def say(sentence: str, *, escaped: bool, values: Mapping[str, Any] = NOTHING) -> str:
    """A sentence in the reader's language; as markup, with its values escaped, when ``escaped``."""
    key = (i18n.lang(), escaped, sentence)
    found = _kept.get(key)
    if found is None:
        found = translate(sentence)
        if escaped:
            found = escape(found)
        if len(_kept) < MOST:
            _kept[key] = found
    return found % values if values or "%" in found else found


@pass_eval_context
def _ngettext(context: EvalContext, one: str, many: str, count: int, /, **values: Any) -> str:
    """The form that the language uses for ``count``, which is also ``%(num)s``."""
    values.setdefault("num", count)
    lang = i18n.lang()
    catalogue = _catalogues.get(lang)
    if catalogue is None:
        catalogue = _catalogues[lang] = get_translations()
    found: str = catalogue.ungettext(one, many, count)
    return (escape(found) if context.autoescape else found) % values
