"""Answers as units of plain text: for read-only pages, the diff of two revisions, the conflict page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from competition.entries import countries, fields
from competition.entries.answers import MONEY, Question, Terms, get
from competition.kernel.text.i18n import locale, money, text_in

# The form speaks to the team; what is read here is read by judges and organizers too.
TITLES = {"problem": _l("Answer to the problem")}
HIDDEN_FROM_JUDGES = frozenset({"partners"})  # units by key


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that was answered. ``key`` is what :func:`competition.entries.answers.take` copies by."""

    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section of an entry as it is read."""

    key: str
    title: str
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One unit in two versions."""

    key: str
    label: str
    before: str
    after: str


def parts(answers: Mapping[str, Any], terms: Terms, *, hide: frozenset[str] = frozenset()) -> tuple[Part, ...]:
    """The sections with their answers, in the order of the form; ``hide`` leaves units out by key."""
    filled = []
    for section in fields.SECTIONS:
        units = tuple(
            unit for part in section.parts for unit in _units(part, answers, terms) if unit.key not in hide
        )
        if units:
            filled.append(Part(section.key, str(TITLES.get(section.key, section.title)), units))
    return tuple(filled)


def units(answers: Mapping[str, Any], terms: Terms) -> dict[str, Unit]:
    return {unit.key: unit for part in parts(answers, terms) for unit in part.units}


def changes(before: Mapping[str, Any], after: Mapping[str, Any], terms: Terms) -> list[Change]:
    """The units that read differently."""
    old, new = units(before, terms), units(after, terms)
    keys = [*old, *(key for key in new if key not in old)]
    differing = []
    for key in keys:
        a, b = old.get(key), new.get(key)
        if (a and a.text) != (b and b.text):
            label = (b or a or Unit(key, key, "")).label
            differing.append(Change(key, label, a.text if a else "", b.text if b else ""))
    return differing


def profile(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """A team's profile as labelled lines."""
    shown = dict(values)
    shown["country"] = countries.name(shown.get("country", ""), locale())
    shown["org_type"] = str(fields.ORG_TYPES.get(shown.get("org_type", ""), shown.get("org_type", "")))
    return [(str(label), shown[key]) for key, label in fields.PROFILE.items() if shown.get(key)]


def _units(part: str, answers: Mapping[str, Any], terms: Terms) -> list[Unit]:
    if part in fields.TEXTS:
        return [Unit(part, str(fields.TEXTS[part].label), str(get(answers, part)))]
    if part == "kpis":
        return [
            Unit(f"kpi.{kpi.key}.{leaf}", label, answers["kpi_replies"].get(kpi.key, {}).get(leaf, ""))
            for kpi in terms.kpis for leaf, label in (
                ("target", _("%(kpi)s: target", kpi=text_in(kpi.name))),
                ("how", _("%(kpi)s: how it is reached", kpi=text_in(kpi.name))),
            )
        ]
    if part == "custom":
        return [
            Unit(f"custom.{q.key}", text_in(q.label), _choice(q, answers["custom"].get(q.key, "")))
            for q in terms.questions
        ]
    return [Unit(part, str(fields.LABELS[part]), _special(part, answers, terms))]


def _special(part: str, answers: Mapping[str, Any], terms: Terms) -> str:
    raw = answers.get("raw", {})
    if part in MONEY:
        return str(raw.get(part, "")) or money(answers[MONEY[part]], terms.currency)
    if part == "maturity.trl":
        level = answers["maturity"]["trl"]
        return str(fields.TRL[level]) if level in fields.TRL else ""
    if part == "support_wanted":
        return "\n".join(str(fields.SUPPORT[key]) for key in answers[part] if key in fields.SUPPORT)
    return "\n".join(_line(part, number, row, raw) for number, row in enumerate(answers[part]))


def _line(name: str, number: int, row: Mapping[str, Any], raw: Mapping[str, str]) -> str:
    cells = []
    for column in fields.ROWS[name]:
        value = row.get(column.name)
        text = raw.get(f"{name}-{number}-{column.name}", "" if value is None else str(value))
        if column.kind == "country":
            text = countries.name(text, locale())
        elif text and column.name == "days":
            text = _("day %(day)s", day=text)
        elif text and column.kind == "integer":
            text = f"{text}%"
        cells.append(text)
    return " · ".join(cell for cell in cells if cell)


def _choice(question: Question, value: str) -> str:
    if question.kind == "yes_no":
        return str(fields.YES_NO.get(value, value))
    return text_in(dict(question.choices).get(value, {})) or value
