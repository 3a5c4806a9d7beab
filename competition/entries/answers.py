"""The answers of an entry: their shape, what a form makes of them, what is wrong with them, their digest.

Shape (all keys always present)::

    {profile: {…}, summary, kpi_replies: {kpi: {target, how}}, technical_plan, difference,
     maturity: {trl, evidence}, pilot_plan, milestones: [{title, days, share_percent}], quote_minor,
     own_funds_minor, data_ethics, risks, partners: [{name, country, role, share}], models_used, experience,
     support_wanted: [key], custom: {question: text}, raw: {field: text}}

``raw`` keeps what was typed into a number field but is no number, so that a draft loses nothing; an
entry with anything in it can't be submitted, so no revision has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from competition.entries import fields
from competition.kernel.data import canonical
from competition.kernel.text.money import minor_units
from competition.kernel.text.money import typed as typed_amount
from competition.kernel.text.numbers import whole
from competition.kernel.web.forms import tidy

Answers = dict[str, Any]
HARD_LIMIT = 20_000  # characters; a draft may run over a field's limit, not over this
MONEY = {"quote": "quote_minor", "own_funds": "own_funds_minor"}


class Typed(Protocol):
    """A posted form: werkzeug's MultiDict, or anything alike."""

    def __contains__(self, name: object, /) -> bool: ...
    def __getitem__(self, name: str, /) -> str: ...
    def getlist(self, name: str, /) -> list[str]: ...
    def keys(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class Kpi:
    key: str
    name: dict[str, str]
    unit: str
    baseline: str
    target: str
    method: str


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    label: dict[str, str]
    help: dict[str, str]
    kind: str
    choices: tuple[tuple[str, dict[str, str]], ...]
    required: bool
    max_length: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a call asks of its entries."""

    currency: str
    award_cap_minor: int | None
    min_trl: int | None
    partners_max: int
    pilot_days: int | None
    kpis: tuple[Kpi, ...]
    questions: tuple[Question, ...]


def empty() -> Answers:
    """An entry of which nothing has been written yet."""
    return {
        "profile": {}, "summary": "", "kpi_replies": {}, "technical_plan": "", "difference": "",
        "maturity": {"trl": None, "evidence": ""}, "pilot_plan": "", "milestones": [], "quote_minor": None,
        "own_funds_minor": None, "data_ethics": "", "risks": "", "partners": [], "models_used": "",
        "experience": "", "support_wanted": [], "custom": {}, "raw": {},
    }


def complete_shape(stored: Mapping[str, Any]) -> Answers:
    """Answers with every key of :func:`empty`: those written before a key existed get its empty value."""
    return {**empty(), **stored}


def clean(text: str) -> str:
    """Typed text in NFC without control characters and outer space, cut at the hard limit."""
    return str(tidy(unicodedata.normalize("NFC", text[:HARD_LIMIT])))


def parse(form: Typed, terms: Terms, stored: Mapping[str, Any]) -> Answers:
    """What a posted form makes of the stored answers. Fields that the form does not carry keep their value."""
    answers = complete_shape(deepcopy(dict(stored)))
    for name in fields.TEXTS:
        if name in form:
            _put(answers, name, clean(form[name]))
    for kpi in terms.kpis:
        reply = answers["kpi_replies"].setdefault(kpi.key, {"target": "", "how": ""})
        for leaf in ("target", "how"):
            if f"kpi.{kpi.key}.{leaf}" in form:
                reply[leaf] = clean(form[f"kpi.{kpi.key}.{leaf}"])
    for question in terms.questions:
        if f"custom.{question.key}" in form:
            answers["custom"][question.key] = clean(form[f"custom.{question.key}"])
    if "maturity.trl" in form:
        level = whole(form["maturity.trl"])
        answers["maturity"]["trl"] = level if level in fields.TRL else None
    if "support_wanted" in form:
        wanted = set(form.getlist("support_wanted"))
        answers["support_wanted"] = [key for key in fields.SUPPORT if key in wanted]
    for name in MONEY:
        if name in form:
            _money(answers, name, clean(form[name])[:60], terms.currency)
    for name, most in (("milestones", fields.MILESTONES_MAX), ("partners", terms.partners_max + 1)):
        _rows(answers, name, form, most)
    return answers


def _put(answers: Answers, name: str, value: Any) -> None:
    outer, dot, inner = name.partition(".")
    if dot:
        answers[outer][inner] = value
    else:
        answers[outer] = value


def get(answers: Mapping[str, Any], name: str) -> Any:
    """A text by its form name: ``summary``, ``maturity.evidence``."""
    outer, dot, inner = name.partition(".")
    return answers[outer][inner] if dot else answers[outer]


def _money(answers: Answers, name: str, typed: str, currency: str) -> None:
    answers["raw"].pop(name, None)
    try:
        answers[MONEY[name]] = minor_units(typed, currency)
    except ValueError:
        answers[MONEY[name]] = None
        answers["raw"][name] = typed


def _rows(answers: Answers, name: str, form: Typed, most: int) -> None:
    """Rows named ``milestones-0-title``: in the order of their numbers, empty ones dropped."""
    pattern = re.compile(rf"{name}-(\d{{1,3}})-\w+")
    numbers = sorted({int(match[1]) for key in form.keys() if (match := pattern.fullmatch(key))})  # noqa: SIM118
    if not numbers:
        return
    raw = {key: text for key, text in answers["raw"].items() if not key.startswith(f"{name}-")}
    rows: list[dict[str, Any]] = []
    for number in numbers:
        row, unread = _row(name, {
            column.name: clean(form[f"{name}-{number}-{column.name}"])
            for column in fields.ROWS[name] if f"{name}-{number}-{column.name}" in form
        })
        if len(rows) < most and (unread or any(value not in ("", None) for value in row.values())):
            raw |= {f"{name}-{len(rows)}-{column}": text for column, text in unread.items()}
            rows.append(row)
    answers[name], answers["raw"] = rows, raw


def _row(name: str, typed: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    row: dict[str, Any] = {}
    unread: dict[str, str] = {}
    for column in fields.ROWS[name]:
        text = typed.get(column.name, "")
        if column.kind == "integer":
            plain = unicodedata.normalize("NFKC", text).removesuffix("%").strip()
            row[column.name] = whole(plain, column.limit)
            if text and row[column.name] is None:
                unread[column.name] = text[:60].strip()
        else:
            row[column.name] = text[:2].strip() if column.kind == "country" else text[:HARD_LIMIT]
    return row, unread


def typed(answers: Mapping[str, Any], currency: str) -> dict[str, str]:
    """The answers as texts in form controls, by name; rows under ``milestones-0-title`` and so on."""
    raw = answers["raw"]
    texts = {name: str(get(answers, name)) for name in fields.TEXTS}
    for key, reply in answers["kpi_replies"].items():
        texts[f"kpi.{key}.target"], texts[f"kpi.{key}.how"] = reply.get("target", ""), reply.get("how", "")
    texts |= {f"custom.{key}": value for key, value in answers["custom"].items()}
    level = answers["maturity"]["trl"]
    texts["maturity.trl"] = "" if level is None else str(level)
    for name, key in MONEY.items():
        texts[name] = typed_amount(answers[key], currency, grouped=False)
    for name, columns in fields.ROWS.items():
        for number, row in enumerate(answers[name]):
            for column in columns:
                value = row.get(column.name)
                texts[f"{name}-{number}-{column.name}"] = "" if value is None else str(value)
    return texts | raw


def decimal_text(text: str) -> bool:
    """Whether a text is a plain decimal number."""
    try:
        return Decimal(unicodedata.normalize("NFKC", text).replace(",", "")).is_finite()
    except InvalidOperation:
        return False


def take(target: Answers, source: Mapping[str, Any], unit: str) -> None:
    """Copy one unit of a conflict page (see :func:`competition.entries.plain_answers.units`) from other answers."""
    outer, _dot, rest = unit.partition(".")
    if outer == "kpi":
        key, _dot, leaf = rest.rpartition(".")
        reply = source["kpi_replies"].get(key, {})
        target["kpi_replies"].setdefault(key, {"target": "", "how": ""})[leaf] = reply.get(leaf, "")
    elif outer == "custom":
        target["custom"][rest] = source["custom"].get(rest, "")
    elif rest:
        target[outer][rest] = source[outer][rest]
    else:
        name = MONEY.get(unit, unit)
        target[name] = deepcopy(source[name])
        mine = {key: text for key, text in source["raw"].items() if key == unit or key.startswith(f"{unit}-")}
        others = {key: text for key, text in target["raw"].items() if key != unit and not key.startswith(f"{unit}-")}
        target["raw"] = others | mine


def final(answers: Mapping[str, Any], profile: dict[str, str]) -> Answers:
    """The answers as a revision keeps them: with the team's profile of that moment, without raw text."""
    final_answers = complete_shape(dict(answers))
    del final_answers["raw"]
    final_answers["profile"] = profile
    return final_answers


def digest(answers: Mapping[str, Any], files: list[dict[str, Any]]) -> str:
    """SHA-256 over the canonical bytes of answers and files: what a receipt promises."""
    return canonical.digest("entry/1", {"answers": answers, "files": files})
