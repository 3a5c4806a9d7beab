"""What a section of the editor asks for is what it stores, what its page shows and, of rules, what readers are told.

Each comparison is a function, so that a test can call it with something left out and see that it is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from wtforms import IntegerField

from competition.accounts.models import User
from competition.calls import rules
from competition.calls.forms.sections import RulesForm, SectionForm
from competition.calls.lifecycle import CALL
from competition.calls.models import COPIED, Call, Programme
from competition.calls.queries import CriterionView
from competition.calls.sections import SECTIONS, Section
from competition.calls.service.programmes import COLUMNS
from competition.extensions import db
from competition.kernel.text.languages import LANGUAGES
from tests.factories.accounts import make_user, sign_in
from tests.factories.calls import make_call, make_programme

GATE = CriterionView("safety", {"en": "Safety"}, {}, 100, 0, 1000, 50, True, None)
NAMES = re.compile(r'<(?:input|select|textarea)\b[^>]*?\bname="([^"]+)"')
NOT_STORED = {"csrf_token", "version", *(f"change_{code}" for code in LANGUAGES)}


@dataclass(frozen=True)
class Narrowed(Section):
    """A section whose column was forgotten in the model."""

    forgotten: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in super().columns if name != self.forgotten)


@pytest.fixture
def organizer(app: Flask) -> User:
    return make_user()


@pytest.fixture
def call(organizer: User) -> Call:
    return make_call(make_programme(organizer), code="GUARD", state="draft", kpis=[], pilot_days=90)


@pytest.fixture
def client(app: Flask, organizer: User) -> FlaskClient:
    return sign_in(app.test_client(), organizer)


def form_of(section: Section, call: Call) -> Any:
    form = section.form(formdata=None, data=section.stored(call))
    form.prepare(call)
    form.validate()
    return form


def stored_mismatch(section: Section, call: Call) -> set[str]:
    """What only one of the form and the columns has."""
    with db.session.no_autoflush:
        return set(form_of(section, call).values()) ^ {*section.columns, *section.tables}


def shown_mismatch(section: Section, call: Call, page: str) -> set[str]:
    """Fields of the form that its page does not show, and inputs of the page that no field reads."""
    fields = set(NAMES.findall("".join(str(field()) for field in form_of(section, call)))) - NOT_STORED
    own_form = page.split('<form method="post" action="/en/organizer')[1].split("</form>")[0]
    shown = set(NAMES.findall(own_form)) - NOT_STORED
    return {name for name in fields ^ shown if not name.endswith("_fold")}  # asked for only when a time is repeated


def columns_without_sentence(
    tell: Callable[[Call, Sequence[Any]], list[rules.Rule]], columns: Sequence[str]
) -> set[str]:
    """Columns whose value changes no sentence."""
    defaults = {
        column.key: column.default.arg for column in Call.__table__.columns
        if column.default is not None and not callable(column.default.arg)
    }
    plain = {**defaults, "tie_break": [], "trim_from": 5, "method": "trimmed"}
    changed: dict[str, Any] = {"method": "mean", "tie_break": ["recorded_draw"], "group_by": "language"}

    def sentences(**values: Any) -> list[rules.Rule]:
        return tell(Call(**{**plain, **values}), [GATE])

    usual = sentences()
    return {
        name for name in columns
        if sentences(**{name: changed[name] if name in changed else _different_value(plain[name])}) == usual
    }


def _different_value(value: Any) -> Any:
    """A value other than the default; for a column that is no number and no yes or no, add it to ``changed``."""
    assert isinstance(value, bool | int), f"add a value for a rule like {value!r} to `changed`"
    return not value if isinstance(value, bool) else 2 * value + 1


@pytest.mark.parametrize("section", SECTIONS.values(), ids=lambda section: section.key)
def test_a_form_has_the_columns_of_its_section_and_its_page_shows_them(
    section: Section, call: Call, client: FlaskClient,
) -> None:
    assert stored_mismatch(section, call) == set()
    page = client.get(f"/en/organizer/calls/GUARD/edit/{section.key}").text
    assert shown_mismatch(section, call, page) == set()


def test_every_rule_has_its_sentence(app: Flask) -> None:
    with app.test_request_context("/en/"):
        assert columns_without_sentence(rules.rules, [*SECTIONS["rules"].columns, "tie_break"]) == set()


def test_a_column_without_a_mark_is_noticed(call: Call) -> None:
    rules_section = SECTIONS["rules"]
    parts = {name: getattr(rules_section, name) for name in ("key", "label", "form", "editable_until")}
    assert stored_mismatch(Narrowed(**parts, forgotten="quorum"), call) == {"quorum"}


def test_a_field_that_was_forgotten_is_noticed(call: Call) -> None:
    class Shorter(RulesForm):
        quorum = None

    class Longer(RulesForm):
        patience = IntegerField("Patience", default=1)

    assert stored_mismatch(replace(SECTIONS["rules"], form=Shorter), call) == {"quorum"}
    assert stored_mismatch(replace(SECTIONS["rules"], form=Longer), call) == {"patience"}


def test_a_field_that_the_page_leaves_out_is_noticed(call: Call, client: FlaskClient) -> None:
    page = client.get("/en/organizer/calls/GUARD/edit/rules").text
    broken, count = re.subn(r'<input\b[^>]*\bname="quorum"[^>]*>', "", page)
    assert count == 1
    assert shown_mismatch(SECTIONS["rules"], call, broken) == {"quorum"}
    misspelt = page.replace('name="quorum"', 'name="qourum"')
    assert shown_mismatch(SECTIONS["rules"], call, misspelt) == {"quorum", "qourum"}


def test_a_rule_without_a_sentence_is_noticed(app: Flask) -> None:
    def silent(call: Call, criteria: Sequence[Any]) -> list[rules.Rule]:
        return [rule for rule in rules.rules(call, criteria) if rule.key != "quorum"]

    with app.test_request_context("/en/"):
        assert columns_without_sentence(silent, SECTIONS["rules"].columns) == {"quorum", "reviews_per_entry"}


def test_nothing_is_saved_without_a_column_for_everything_that_was_typed(
    call: Call, client: FlaskClient, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An organizer once read "Saved." while a rule without its entry in a list was thrown away."""
    stored = SECTIONS["rules"]
    parts = {name: getattr(stored, name) for name in ("key", "label", "form", "editable_until")}
    monkeypatch.setitem(SECTIONS, "rules", Narrowed(**parts, forgotten="quorum"))
    page = client.get("/en/organizer/calls/GUARD/edit/rules").text
    typed = dict(re.findall(r'<input\b[^>]*\bname="(\w+)"[^>]*\bvalue="([^"]*)"', page))
    answer = client.post("/en/organizer/calls/GUARD/edit/rules", data={**typed, "quorum": "4", "method": "trimmed"})
    assert answer.status_code == 500
    assert "Saved." not in client.get("/en/organizer/calls/GUARD/edit/rules").text


def test_a_copy_takes_over_every_section_but_no_date() -> None:
    columns = {name for section in SECTIONS.values() for name in section.columns}
    marked = {column.key for column in Call.__table__.columns if "section" in column.info}
    assert columns == marked
    assert columns - set(COPIED) == {name for name in SECTIONS["dates"].columns if name.endswith("_at")}
    # What no section edits: identity, state and what the platform keeps itself.
    assert {column.key for column in Call.__table__.columns} - marked == {
        "id", "programme_id", "code", "state", "version", "search", "created_at", "published_at",
        "entries_opened_at", "entries_opened_by",
        "shortlist_at", "defence_at",  # unused, until the next release drops them
    }


def test_every_column_of_a_programme_is_edited_or_the_platforms_own() -> None:
    assert {column.key for column in Programme.__table__.columns} - set(COLUMNS) == {
        "id", "code", "created_at", "version",
    }


def test_dates_say_until_when_they_move() -> None:
    phases = {*CALL.states, "upcoming", "open", "closed"}
    assert all(Call.__table__.c[name].info["movable_until"] in phases for name in SECTIONS["dates"].columns)
    assert issubclass(SECTIONS["dates"].form, SectionForm)
