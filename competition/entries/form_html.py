"""The entry form as a fragment (``kernel/web/fragments.py``): laid out once per call and language, then filled in.

The template ``entries/_form.html`` has a slot for each value, error and choice; :meth:`Form.fill` puts those in,
escaped. A slot has two words: its kind (value, error, bad, invalid, described, choices, checked, rows) and the name of
its field. Rendering a hundred controls at each request would double the processor time of the page, which every team
reads again and again before a deadline.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import render_template
from markupsafe import Markup, escape

from competition.calls.models import Call
from competition.entries.answers import Terms
from competition.entries.queries.call_form import cached, form_of
from competition.kernel.text.i18n import lang
from competition.kernel.web.fragments import Fragment

ERRORS = frozenset({"error", "bad", "invalid", "described"})
ROW = "\x02"  # stands for a row's number inside the markup of a row


@dataclass(frozen=True, slots=True)
class Form:
    """A call's entry form in one language."""

    body: Fragment
    body_without_errors: Fragment
    rows: Mapping[str, str]  # name of a list of rows → markup of one row, with slots
    choices: Mapping[str, str]  # name of a select, or of a row's column → its options
    error: Fragment

    def fill(
        self, values: Mapping[str, str], wanted: Collection[str], errors: Mapping[str, str], counts: Mapping[str, int],
    ) -> Markup:
        """The form with these answers. ``counts``: how many rows to show per list; ``wanted``: ticked boxes."""

        def content(kind: str, name: str) -> str:
            if kind == "value":
                value = values.get(name, "")
                return str(escape(value)) if value else ""
            if kind == "choices":
                return self._options(name, values.get(name, ""))
            if kind == "checked":
                return " checked" if name in wanted else ""
            if kind == "rows":
                return "".join([_row(self.rows[name], number).fill(content) for number in range(counts[name])])
            if name not in errors:
                return ""
            if kind == "error":
                return self.error.fill(lambda part: name if part == "name" else str(escape(errors[name])))
            return {"bad": " field-bad", "invalid": ' aria-invalid="true"', "described": f"{name}-error "}[kind]

        return Markup((self.body if errors else self.body_without_errors).fill(content))  # noqa: S704 - our own template; every value above is escaped

    def _options(self, name: str, value: str) -> str:
        options = self.choices[name if name in self.choices else _column(name)]
        if not value:
            return options
        chosen = f'value="{escape(value)}"'
        return options.replace(chosen, f"{chosen} selected", 1)


@lru_cache(maxsize=1024)
def _row(markup: str, number: int) -> Fragment:
    return Fragment.of(markup.replace(ROW, str(number)))


def _column(name: str) -> str:
    """``partners-0-country`` → ``partners-country``: all rows share one list of options."""
    head, _dash, column = name.rpartition("-")
    return f"{head.rpartition('-')[0]}-{column}"


def form_for(call: Call, terms: Terms) -> Form:
    """The call's form in the reader's language, laid out at most every ten seconds."""
    return cached(("form_html", call.id, call.version, lang()), lambda: _lay_out(call, terms))


def _lay_out(call: Call, terms: Terms) -> Form:
    groups = form_of(call, terms)
    rows: dict[str, str] = {}
    choices: dict[str, str] = {}
    for control in (control for group in groups for control in group.controls):
        if control.kind == "rows":
            rows[control.name] = render_template("entries/_form_row.html", c=control, row=ROW)
            for column in control.columns:
                if column.choices:
                    choices[f"{control.name}-{column.name}"] = _choices(column)
        elif control.kind == "choice":
            choices[control.name] = _choices(control)
    body = Fragment.of(render_template("entries/_form.html", groups=groups))
    error = render_template("entries/_form_error.html")
    return Form(body, body.without(ERRORS), rows, choices, Fragment.of(error))


def _choices(control: Any) -> str:
    return render_template("entries/_form_choices.html", choices=control.choices)
