"""The languages of the platform: everything that differs between them and is not a translated sentence.

A new language is one more entry here; addresses, forms, templates, tools and scripts follow (``./run messages``
writes its values for the scripts to ``static/src/words/languages.json``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Parameters
    ----------
    code
        The first part of a page's address, and the key of a published text.
    name
        The language's own name for itself.
    label
        Its English name; ``i18n.LANGUAGE_LABELS`` has it in the reader's language.
    locale
        Babel's name of it, and the folder of its catalogue.
    tag
        BCP 47, for the ``lang`` attribute.
    script_locale
        BCP 47 with a region, for numbers and times that scripts write.
    date, short_date
        Patterns of a day with its year, and of one in the present year (Babel, also read by ``words.js``).
    date_time_gap
        What stands between a short date and a time.
    sentence_gap, clause_mark
        What stands between two sentences, and between the parts of an enumeration that hold commas.
    breaks_words
        Whether lines may break inside words, so that headings need marks at their ends.
    """

    code: str
    name: str
    label: str
    locale: str
    tag: str
    script_locale: str
    date: str
    short_date: str
    date_time_gap: str = " "
    sentence_gap: str = " "
    clause_mark: str = "; "
    breaks_words: bool = False


def msgid(text: str) -> str:
    """The text itself, marked for the catalogues. This module is read without Flask, too, so it translates nothing."""
    return text


LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("en", "English", msgid("English"), "en", "en", "en-GB", "d MMM y", "d MMM", date_time_gap=", "),
        Language(
            "zh", "中文", msgid("Chinese"), "zh_Hans", "zh-Hans", "zh-CN", "y年M月d日", "M月d日",
            sentence_gap="", clause_mark="；", breaks_words=True,
        ),
        Language("ko", "한국어", msgid("Korean"), "ko", "ko", "ko-KR", "y년 M월 d일", "M월 d일"),
    )
}
SOURCE = next(iter(LANGUAGES.values()))  # in which the texts are written; published texts fall back to it
BY_LOCALE = {language.locale: language for language in LANGUAGES.values()}


def of_locale(locale: str) -> Language:
    """The language of a locale that is stored with an account or a mail; the source's for one that is gone."""
    return BY_LOCALE.get(locale, SOURCE)


_COMMON = {  # the words that tell languages of Latin letters apart
    "en": {"the", "and", "of", "to", "is", "in", "that", "with", "for", "are"},
    "fr": {"le", "la", "les", "et", "des", "une", "dans", "est", "pour", "avec"},
    "de": {"der", "die", "und", "das", "mit", "ist", "den", "wird", "eine", "auf"},
    "es": {"el", "los", "las", "una", "del", "con", "para", "que", "por", "es"},
    "pt": {"os", "uma", "do", "da", "com", "para", "que", "não", "em", "são"},
}
_WORDS = re.compile(r"[^\W\d_]+")
SAMPLE = 4000  # characters that are enough to tell a language


def language_of(text: str) -> str:
    """The code of the language that a text is probably in, by its script, else by its commonest words; or empty."""
    sample = text[:SAMPLE]
    by_script = language_of_script(sample)
    if by_script:
        return by_script
    words = [word.lower() for word in _WORDS.findall(sample)]
    counts = {code: sum(word in common for word in words) for code, common in _COMMON.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] else ""


def html_tag(code: str) -> str:
    """The value of a ``lang`` attribute for the code of a language, also one that the platform does not speak."""
    return LANGUAGES[code].tag if code in LANGUAGES else code


def language_of_script(text: str) -> str:
    """``ko``, ``ja``, ``zh`` by the script of most letters; empty for Latin script, which many languages share."""
    hangul = sum("\uac00" <= c <= "\ud7a3" for c in text)
    kana = sum("\u3040" <= c <= "\u30ff" for c in text)
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    letters = sum(c.isalpha() for c in text) or 1
    if 3 * hangul > letters:
        return "ko"
    if 3 * (han + kana) > letters:
        return "ja" if 8 * kana > han else "zh"
    return ""
