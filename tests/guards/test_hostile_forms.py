"""No form answers with a crash: what it cannot take is refused beside the field, and all that was typed is kept.

Every form class is filled with what does not fit into it; then every form of every page is sent like that, by
somebody who may. A new form is tried at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    Field,
    FieldList,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
)

from competition.calls.forms.fields import PointsField
from competition.calls.forms.sections import SectionForm
from competition.calls.models import Call, Programme
from competition.calls.sections import SECTIONS
from competition.decisions.forms import AdjustForm
from competition.kernel.text.money import MoneyField
from competition.kernel.web.forms import BaseForm
from tests.factories.accounts import client_of
from tests.guards.test_foreign import _routes
from tests.guards.world import World

LONG, MUCH, DIGITS, ENDLESS = "x" * 20_001, "x" * 8001, "9" * 20, "9" * 5000
DATES = ("0001-01-01", "9999-12-31", "2026-02-30", "yesterday", DIGITS, ENDLESS)
MOMENTS = ("0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T00:00", "yesterday", DIGITS, ENDLESS)
NUMBERS = ("x", DIGITS, ENDLESS, "-99999", "1.5", "1e999999", "²")
WRONG: dict[type[Field], tuple[str, ...]] = {
    DateTimeLocalField: MOMENTS, DateField: DATES, IntegerField: NUMBERS, MoneyField: ("x", DIGITS, ENDLESS, "-1"),
    PointsField: ("x", DIGITS, ENDLESS, "1e999999", "-1e999999", "0.001", "NaN"), SelectField: (LONG, ENDLESS, "²"),
}
# What is not typed: marks of the page, which commands compare, and boxes. A password has no limit but being right.
UNTYPED = (BooleanField, SelectMultipleField, HiddenField, PasswordField)


def classes(base: type[BaseForm] = BaseForm) -> Iterator[type[BaseForm]]:
    for form in base.__subclasses__():
        if form.__module__.startswith("competition."):
            yield form
        yield from classes(form)


def filled_form(form: type[BaseForm]) -> BaseForm:
    """The form as its request fills it, with no choices but those that it has by itself."""
    filled = form("CNY") if form is AdjustForm else form()  # type: ignore[call-arg]
    for one in leaves(filled):
        if isinstance(one, SelectField | SelectMultipleField) and one.choices is None:
            one.choices = []
    if isinstance(filled, SectionForm):
        programme = Programme(zone="Asia/Shanghai", currency="CNY", languages=["en"], themes={})
        filled.prepare(Call(programme=programme))
    return filled


def leaves(form: Any) -> Iterator[Field]:
    """Every field, also those in rows."""
    for one in form:
        if isinstance(one, FieldList):
            for row in one.entries:
                yield from leaves(row.form)
        else:
            yield one


def wrong_for(one: Field) -> tuple[str, ...]:
    return next((values for kind, values in WRONG.items() if isinstance(one, kind)), (LONG,))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # asks no database
def test_every_field_of_every_form_refuses_what_does_not_fit(app: Flask) -> None:
    """Beside the field, without a crash, and with what was typed still in it."""
    faults = []
    for form in sorted(set(classes()), key=repr):
        with app.test_request_context():
            fields = {one.name: wrong_for(one) for one in leaves(filled_form(form)) if not isinstance(one, UNTYPED)}
        for name, value in ((name, value) for name, values in fields.items() for value in values):
            with app.test_request_context(method="POST", data={name: value}):
                sent = filled_form(form)
                valid, (one,) = sent.validate(), [one for one in leaves(sent) if one.name == name]
                unchecked = isinstance(one, SelectField) and not one.validate_choice
                if (valid or not one.errors) and not unchecked:
                    faults.append(f"{form.__module__}.{form.__name__}.{name} takes {value[:20]}")
                if not isinstance(one, SelectField) and one._value() != value:
                    faults.append(f"{form.__module__}.{form.__name__}.{name} forgets {value[:20]}")
    assert faults == []


# --- And over HTTP, as the pages have them ---

DRAFTS = {
    "/my/entries/<entry_code>": "a draft keeps everything, also what is no number",
    "/judge/<assignment_code>": "a score sheet's fields follow its rubric; its own tests refuse them",
}


@dataclass
class Sent:
    """A form as its page has it."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)  # name → kind of its control


class Page(HTMLParser):
    """The forms of a page that are sent by POST, and what is said beside fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Sent] = []
        self.named: dict[str, Sent] = {}
        self.errors: set[str] = set()
        self.values: dict[str, str] = {}  # id → what stands in it
        self._open: Sent | None = None
        self._area: tuple[Sent | None, str, str] | None = None
        self._select: tuple[Sent | None, str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        name, here = at.get("name", ""), self.named.get(at.get("form", ""), self._open)
        if tag == "form":
            self._open = Sent(at.get("action", ""))
            self.named[at.get("id", "")] = self._open
            if at.get("method", "").lower() == "post":
                self.forms.append(self._open)
        elif tag == "p" and at.get("id", "").endswith("-error"):
            self.errors.add(at["id"].removesuffix("-error"))
        elif tag == "textarea":
            self._area = (here, name, at.get("id", ""))
            self.values[at.get("id", "")] = ""
        elif tag == "select":
            self._select = (here, name)
        elif tag == "option" and self._select and self._select[0] and "selected" in at:
            self._select[0].values.setdefault(self._select[1], []).append(at.get("value", ""))
        elif tag == "input" and here is not None:
            self._input(here, name, at)

    def _input(self, here: Sent, name: str, at: dict[str, str]) -> None:
        kind = at.get("type", "text")
        if (kind in {"checkbox", "radio"} and "checked" not in at) or kind in {"submit", "button", "file"} or not name:
            return
        here.values.setdefault(name, []).append(at.get("value", ""))
        if kind not in {"checkbox", "radio", "hidden", "password", "search"} and "disabled" not in at:
            here.typed[name] = kind
        self.values[at.get("id", "")] = at.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._open = None if tag == "form" else self._open
        self._area = None if tag == "textarea" else self._area
        self._select = None if tag == "select" else self._select

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            here, name, id_ = self._area
            self.values[id_] += data.removeprefix("\n") if not self.values[id_] else data
            if here is not None:
                here.values[name] = [self.values[id_]]
                here.typed[name] = "textarea"


class Areas(Page):
    """Empty text areas have no data; they are typed into like others."""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None and self._area[0] is not None:
            self._area[0].typed.setdefault(self._area[1], "textarea")
        super().handle_endtag(tag)


def pages(app: Flask) -> Iterator[tuple[FlaskClient, str, str]]:
    """Who opens what: every page of the site, as its owner."""
    world = World(app)
    owners = {part: client_of(app, person) for part, person in (
        ("organizer", world.panel.organizer), ("my", world.lead), ("judge", world.panel.judges[0]),
        ("profile", world.lead),
    )}
    for path in ("/en/sign-up", "/en/sign-in", "/en/forgotten"):
        yield app.test_client(), path, path
    for path in ("/en/profile", "/en/my/teams/new"):
        yield owners["my"], path, path
    for path in (
        f"/en/organizer/programmes/{world.panel.programme.code}/calls/new", "/en/organizer/programmes/new",
        f"/en/my/entries/start/{world.panel.call.code}",
    ):
        yield owners[path.split("/")[2]], path, path
    for section in SECTIONS:
        yield owners["organizer"], f"/en/organizer/calls/{world.draft.code}/edit/{section}", section
    for route in _routes():
        part = route.rule.removeprefix("/<lang>").split("/")[1]
        if route.method == "GET" and part in owners and route.permission != "entry.create":
            yield owners[part], route.address(world.codes), route.rule.removeprefix("/<lang>")


def hostile(kind: str) -> dict[str, str]:
    """What is put into each kind of control in a round."""
    return {"long": {"text": MUCH, "textarea": MUCH, "email": f"{MUCH}@example.test", "date": "0001-01-01",
                     "datetime-local": "0001-01-01T00:00", "number": DIGITS},
            "odd": {"text": ENDLESS, "textarea": MUCH, "email": "no address", "date": "yesterday",
                    "datetime-local": "9999-12-31T23:59", "number": "²"}}[kind]


@pytest.mark.parametrize("kind", ["long", "odd"])
def test_every_form_of_every_page_refuses_what_does_not_fit(app: Flask, kind: str) -> None:
    faults, tried = [], set()
    for client, path, rule in pages(app):
        answer = client.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for form in Areas(answer.text).forms:
            typed = {name: hostile(kind).get(control, MUCH) for name, control in form.typed.items()
                     if not name.endswith(("_zh", "_ko"))}
            target = form.action or path
            if not typed or rule in DRAFTS or target in tried:
                continue
            tried.add(target)
            got = client.post(target, data={**form.values, **{name: [value] for name, value in typed.items()}})
            after = Areas(got.text)
            if got.status_code != 422:
                faults.append(f"{target}: {got.status_code}")
            else:
                faults += [f"{target}: {name} not refused" for name in typed if name not in after.errors]
                faults += [f"{target}: {name} lost" for name, value in typed.items() if after.values.get(name) != value]
    assert faults == []
    assert len(tried) > 25, sorted(tried)
