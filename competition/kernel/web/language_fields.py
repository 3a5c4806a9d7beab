"""Languages in forms: a choice of one, and a published text as one field per language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from competition.kernel.text.i18n import LANGUAGE_LABELS
from competition.kernel.text.languages import LANGUAGES
from competition.kernel.web.forms import Length, options


def locale_choices() -> list[SelectChoice]:
    """The languages that a person can choose for pages and mails; the values are locales, as accounts store them."""
    return options((language.locale, language.name) for language in LANGUAGES.values())


def language_fields(name: str, label: Any, most: int, *, long: bool = False) -> dict[str, Any]:
    """One field per language, ``name_en`` and so on, of at most ``most`` characters.

    A form takes them in its class body by ``locals().update(language_fields(…))``, which keeps the order in which
    the fields are written.
    """
    kind = TextAreaField if long else StringField
    return {
        f"{name}_{code}": kind(
            _l("%(field)s (%(language)s)", field=label, language=language_label), validators=[Length(most)]
        )
        for code, language_label in LANGUAGE_LABELS.items()
    }


def typed_texts(form: Any, name: str) -> dict[str, str]:
    """Language → what was typed into the fields of :func:`language_fields`, without languages left empty."""
    typed = {code: form[f"{name}_{code}"].data for code in LANGUAGES}
    return {code: text for code, text in typed.items() if text}


def language_data(name: str, texts: Mapping[str, str] | None) -> dict[str, str]:
    """Stored texts as the data of the fields of :func:`language_fields`."""
    return {f"{name}_{code}": (texts or {}).get(code, "") for code in LANGUAGES}
