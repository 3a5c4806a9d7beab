"""What still keeps an entry from being submitted, each with the field to go to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from competition.entries import fields
from competition.entries.answers import Kpi, Question, Terms, decimal_text, get
from competition.kernel.text.i18n import money, text_in
from competition.kernel.text.money import TooLarge, minor_units


@dataclass(frozen=True, slots=True)
class Problem:
    """``anchor`` is the id of the form's control; ``missing`` tells an empty field from a wrong one."""

    anchor: str
    label: str
    text: str
    missing: bool = False


def required(anchor: str, label: Any) -> Problem:
    return Problem(anchor, str(label), _("Please fill this in."), missing=True)


def problems(answers: Mapping[str, Any], terms: Terms) -> list[Problem]:
    """Everything missing or wrong, in the order of the form."""
    problems_found: list[Problem] = []
    for section in fields.SECTIONS:
        for part in section.parts:
            problems_found += _PARTS[part](answers, terms) if part in _PARTS else _text(answers, fields.TEXTS[part])
    return problems_found


def too_long(anchor: str, label: str, length: int, limit: int) -> Problem:
    return Problem(anchor, label, _("Please shorten this to %(most)s characters; it has %(count)s.",
                                    most=limit, count=length))


def _text(answers: Mapping[str, Any], field: fields.TextField) -> Iterator[Problem]:
    value = get(answers, field.name)
    if not value and field.required:
        yield required(field.name, field.label)
    elif len(value) > field.limit:
        yield too_long(field.name, str(field.label), len(value), field.limit)


def _kpis(answers: Mapping[str, Any], terms: Terms) -> Iterator[Problem]:
    for kpi in terms.kpis:
        yield from _kpi(answers["kpi_replies"].get(kpi.key, {}), kpi)


def _kpi(reply: Mapping[str, str], kpi: Kpi) -> Iterator[Problem]:
    for leaf, limit in (("target", fields.KPI_TARGET), ("how", fields.KPI_HOW)):
        anchor, value = f"kpi.{kpi.key}.{leaf}", reply.get(leaf, "")
        label = _("%(kpi)s: your target", kpi=text_in(kpi.name)) if leaf == "target" else _(
            "%(kpi)s: how you reach it", kpi=text_in(kpi.name))
        if not value:
            yield required(anchor, label)
        elif len(value) > limit:
            yield too_long(anchor, label, len(value), limit)


def _trl(answers: Mapping[str, Any], terms: Terms) -> Iterator[Problem]:
    level, label = answers["maturity"]["trl"], fields.LABELS["maturity.trl"]
    if level is None:
        yield required("maturity.trl", label)
    elif terms.min_trl is not None and level < terms.min_trl:
        yield Problem("maturity.trl", str(label), _(
            "This call asks for level %(least)s or higher. If your evidence supports it, choose that level.",
            least=terms.min_trl))


def _quote(answers: Mapping[str, Any], terms: Terms) -> Iterator[Problem]:
    label, quote, cap = fields.LABELS["quote"], answers["quote_minor"], terms.award_cap_minor
    if "quote" in answers["raw"]:
        yield _not_an_amount("quote", str(label), answers["raw"]["quote"], terms.currency)
    elif quote is None:
        yield required("quote", label)
    elif cap is not None and quote > cap:
        yield Problem("quote", str(label), _(
            "%(quote)s is above the most that this call awards to one entry, %(cap)s. Lower the quote, or move the "
            "rest to own funds.", quote=money(quote, terms.currency), cap=money(cap, terms.currency)))


def _own_funds(answers: Mapping[str, Any], terms: Terms) -> Iterator[Problem]:
    if "own_funds" in answers["raw"]:
        yield _not_an_amount("own_funds", str(fields.LABELS["own_funds"]), answers["raw"]["own_funds"], terms.currency)


def _not_an_amount(anchor: str, label: str, typed: str, currency: str) -> Problem:
    try:
        minor_units(typed, currency)
    except TooLarge:
        return Problem(anchor, label, _("This amount is too large."))
    except ValueError:
        pass  # also an amount that an earlier version could not read and this one can
    return Problem(anchor, label, _("This is not an amount in %(currency)s. Write digits, like 1,200,000.",
                                    currency=currency))


def _milestones(answers: Mapping[str, Any], terms: Terms) -> Iterator[Problem]:
    rows, label = answers["milestones"], fields.LABELS["milestones"]
    if not rows:
        yield required("milestones-0-title", label)
        return
    wrong = list(_cells("milestones", rows, answers["raw"], needed=("title", "days", "share_percent")))
    yield from wrong
    if wrong:
        return
    total = sum(row["share_percent"] for row in rows)
    if total != 100:
        yield Problem("milestones-0-share_percent", str(label),
                      _("The shares of payment must add up to 100%%; now they make %(total)s%%.", total=total))
    column = next(column for column in fields.ROWS["milestones"] if column.name == "days")
    for number, row in enumerate(rows):
        if terms.pilot_days is not None and row["days"] > terms.pilot_days:
            yield Problem(f"milestones-{number}-days", _cell_label("milestones", number, column), _(
                "The pilot lasts %(days)s days; one milestone is on day %(last)s.", days=terms.pilot_days,
                last=row["days"]))


def _partners(answers: Mapping[str, Any], terms: Terms) -> Iterator[Problem]:
    rows = answers["partners"]
    if len(rows) > terms.partners_max:
        yield Problem(f"partners-{terms.partners_max}-name", str(fields.LABELS["partners"]), _(
            "At most %(most)s partners are allowed; you have %(count)s.", most=terms.partners_max, count=len(rows)))
    yield from _cells("partners", rows, answers["raw"], needed=("name", "country", "role"))


def _cells(name: str, rows: list[dict[str, Any]], raw: Mapping[str, str], *,
           needed: tuple[str, ...]) -> Iterator[Problem]:
    for number, row in enumerate(rows):
        for column in fields.ROWS[name]:
            anchor, value = f"{name}-{number}-{column.name}", row.get(column.name)
            if anchor in raw or (column.kind == "integer" and value is not None and value < column.least):
                text = _("Write a whole number, at least %(least)s and at most %(most)s.",
                         least=column.least, most=column.limit)
                yield Problem(anchor, _cell_label(name, number, column), text)
            elif value in ("", None):
                if column.name in needed:
                    yield required(anchor, _cell_label(name, number, column))
            elif column.kind == "text" and len(str(value)) > column.limit:
                yield too_long(anchor, _cell_label(name, number, column), len(str(value)), column.limit)


def _cell_label(name: str, number: int, column: fields.Column) -> str:
    return _("%(list)s, row %(row)s: %(column)s", list=str(fields.LABELS[name]), row=number + 1,
             column=str(column.label))


def _custom(answers: Mapping[str, Any], terms: Terms) -> Iterator[Problem]:
    for question in terms.questions:
        yield from _answer(answers["custom"].get(question.key, ""), question)


def _answer(value: str, question: Question) -> Iterator[Problem]:
    anchor, label = f"custom.{question.key}", text_in(question.label)
    if not value:
        if question.required:
            yield required(anchor, label)
    elif question.kind in ("text", "long_text"):
        if len(value) > question.max_length:
            yield too_long(anchor, label, len(value), question.max_length)
    elif question.kind == "number":
        if not decimal_text(value):
            yield Problem(anchor, label, _("Write a number, like 12.5."))
    elif value not in ({"yes", "no"} if question.kind == "yes_no" else {key for key, _label in question.choices}):
        yield Problem(anchor, label, _("Choose one of the answers offered."))


def _none(_answers: Mapping[str, Any], _terms: Terms) -> Iterator[Problem]:
    return iter(())


_PARTS = {
    "kpis": _kpis, "maturity.trl": _trl, "quote": _quote, "own_funds": _own_funds, "milestones": _milestones,
    "partners": _partners, "support_wanted": _none, "custom": _custom,
}
