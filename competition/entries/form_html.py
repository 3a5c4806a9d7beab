"""The entry form as text with gaps: laid out once per call and language, then only filled in.

Rendering a hundred controls costs a template engine far more than the database costs us, and on deadline
night every team reads this page again and again. So the template ``entries/_form.html`` is rendered with
marks where values, errors and choices belong; :meth:`Form.fill` puts those in, escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import render_template
from markupsafe import Markup, escape

from competition.calls.models import Call
from competition.entries.answers import Spec
from competition.entries.queries.form import form_of, kept
from competition.kernel.text.i18n import lang

MARK = "\x01"  # never in a text: control characters are stripped when typed
ERRORS = frozenset({"error", "bad", "invalid", "described"})
ROW = "\x02"  # stands for a row's number inside a row's text


def slot(kind: str, name: str) -> Markup:
    """A gap in the template. Kinds: value, error, bad (a class), invalid, described, choices, checked, rows."""
    return Markup(f"{MARK}{kind} {name}{MARK}")  # noqa: S704 - names of fields, not what people typed


@dataclass(frozen=True, slots=True)
class Text:
    """A text with gaps: pieces of markup and, between them, ``(kind, name)``."""

    pieces: tuple[str, ...]
    gaps: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, markup: str) -> Text:
        cut = markup.split(MARK)
        named = (gap.partition(" ") for gap in cut[1::2])
        return cls(tuple(cut[::2]), tuple((kind, name) for kind, _space, name in named))

    def fill(self, put: Callable[[str, str], str]) -> str:
        made = [self.pieces[0]]
        for piece, (kind, name) in zip(self.pieces[1:], self.gaps, strict=True):
            made += put(kind, name), piece
        return "".join(made)

    def without(self, kinds: Collection[str]) -> Text:
        """The same text with nothing in the gaps of these kinds."""
        pieces, gaps = [self.pieces[0]], []
        for piece, gap in zip(self.pieces[1:], self.gaps, strict=True):
            if gap[0] in kinds:
                pieces[-1] += piece
            else:
                pieces.append(piece)
                gaps.append(gap)
        return Text(tuple(pieces), tuple(gaps))


@dataclass(frozen=True, slots=True)
class Form:
    """A call's entry form in one language."""

    body: Text
    calm: Text  # the same where nothing is wrong, as nearly always
    rows: Mapping[str, str]  # name of a list of rows → one row with marks
    choices: Mapping[str, str]  # name of a select, or of a row's column → its options
    error: Text

    def fill(
        self, values: Mapping[str, str], wanted: Collection[str], errors: Mapping[str, str], counts: Mapping[str, int],
    ) -> Markup:
        """The form with these answers. ``counts``: how many rows to show per list; ``wanted``: ticked boxes."""

        def put(kind: str, name: str) -> str:
            if kind == "value":
                value = values.get(name, "")
                return str(escape(value)) if value else ""
            if kind == "choices":
                return self._options(name, values.get(name, ""))
            if kind == "checked":
                return " checked" if name in wanted else ""
            if kind == "rows":
                return "".join([_row(self.rows[name], number).fill(put) for number in range(counts[name])])
            if name not in errors:
                return ""
            if kind == "error":
                return self.error.fill(lambda part, _: name if part == "name" else str(escape(errors[name])))
            return {"bad": " field-bad", "invalid": ' aria-invalid="true"', "described": f"{name}-error "}[kind]

        return Markup((self.body if errors else self.calm).fill(put))  # noqa: S704 - our own template; every value above is escaped

    def _options(self, name: str, value: str) -> str:
        options = self.choices[name if name in self.choices else _column(name)]
        if not value:
            return options
        chosen = f'value="{escape(value)}"'
        return options.replace(chosen, f"{chosen} selected", 1)


@lru_cache(maxsize=1024)
def _row(markup: str, number: int) -> Text:
    return Text.of(markup.replace(ROW, str(number)))


def _column(name: str) -> str:
    """``partners-0-country`` → ``partners-country``: all rows share one list of options."""
    head, _dash, column = name.rpartition("-")
    return f"{head.rpartition('-')[0]}-{column}"


def form_for(call: Call, spec: Spec) -> Form:
    """The call's form in the reader's language, laid out at most every ten seconds."""
    return kept(("form_html", call.id, call.version, lang()), lambda: _lay_out(call, spec))


def _lay_out(call: Call, spec: Spec) -> Form:
    groups = form_of(call, spec)
    rows: dict[str, str] = {}
    choices: dict[str, str] = {}
    for control in (control for group in groups for control in group.controls):
        if control.kind == "rows":
            rows[control.name] = render_template("entries/_form_row.html", c=control, slot=slot, row=ROW)
            for column in control.columns:
                if column.choices:
                    choices[f"{control.name}-{column.name}"] = _choices(column)
        elif control.kind == "choice":
            choices[control.name] = _choices(control)
    body = Text.of(render_template("entries/_form.html", groups=groups, slot=slot))
    error = render_template("entries/_form_error.html", slot=slot)
    return Form(body, body.without(ERRORS), rows, choices, Text.of(error))


def _choices(control: Any) -> str:
    return render_template("entries/_form_choices.html", choices=control.choices)
