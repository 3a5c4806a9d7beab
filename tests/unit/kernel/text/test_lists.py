"""Lists for people read as their language lists; long ones are cut, and say by how much."""

from __future__ import annotations

import pytest
from flask import Flask, g
from flask_babel import force_locale

from competition.kernel.text.languages import BY_LOCALE
from competition.kernel.text.lists import clauses, few, joined, listed, row


def test_the_first_names_and_the_count_of_all_are_kept() -> None:
    assert few([]) == {"names": [], "count": 0}
    assert few([7, 8]) == {"names": ["7", "8"], "count": 2}
    assert few(range(12)) == {"names": [str(at) for at in range(10)], "count": 12}
    assert few(["a", "b", "c"], most=2) == {"names": ["a", "b"], "count": 3}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("locale", "one", "three", "cut"), [
    ("en", "A", "A, B, and C", "A, B, and 12 more"),
    ("zh_Hans", "A", "A、B和C", "A、B和其余12项"),
    ("ko", "A", "A, B 및 C", "A, B 및 그 외 12건"),
])
def test_a_list_reads_as_its_language_lists(app: Flask, locale: str, one: str, three: str, cut: str) -> None:
    with app.test_request_context("/"), force_locale(locale):
        g.lang = BY_LOCALE[locale].code
        assert joined("ABC") == three
        assert [listed(few(["A"])), listed(few(["A", "B", "C"])), listed(few(["A", "B"]) | {"count": 14})] == [
            one, three, cut
        ]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("locale", "side_by_side", "apart"), [
    ("en", "A, B, C", "A, B; C"), ("zh_Hans", "A、B、C", "A、B；C"), ("ko", "A, B, C", "A, B; C"),
])
def test_names_stand_side_by_side_and_texts_apart(app: Flask, locale: str, side_by_side: str, apart: str) -> None:
    with app.test_request_context("/"), force_locale(locale):
        g.lang = BY_LOCALE[locale].code
        assert [row("ABC"), row(["A"]), row([])] == [side_by_side, "A", ""]
        assert [clauses([row("AB"), "C"]), clauses(["A"])] == [apart, "A"]
