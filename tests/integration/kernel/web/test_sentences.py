"""Sentences of Python modules: Flask-Babel's words, found faster, and in the language of the moment."""

from __future__ import annotations

from flask import Flask, g
from flask_babel import force_locale
from flask_babel import gettext as translated

from competition.kernel.text.phrases import gettext


def test_the_words_are_those_of_the_catalogue_and_of_the_moment(app: Flask) -> None:
    told = []
    for lang in ("en", "zh", "ko", "en"):
        with app.test_request_context(f"/{lang}/"):
            g.lang = lang
            told.append((gettext("Judges"), translated("Judges")))
            with force_locale("zh_Hans"):
                told.append((gettext("Judges"), translated("Judges")))
            told.append((gettext("Judges"), translated("Judges")))
    assert [ours for ours, _theirs in told] == [theirs for _ours, theirs in told]
    assert [ours for ours, _theirs in told[:3]] == ["Judges", "评审专家", "Judges"]


def test_values_and_percent_signs(app: Flask) -> None:
    with app.test_request_context("/en/"):
        for _turn in range(2):
            assert gettext("%(num)s of %(all)s (100%%)", num=1, all="R&D") == "1 of R&D (100%)"
            assert gettext("100 % sure") == translated("100 % sure") == "100 % sure"
