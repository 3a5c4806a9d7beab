"""Fragments: a body is rendered once for a key, its slots are filled for each request, escaped."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, TemplateSyntaxError
from markupsafe import escape

from competition.kernel.web import fragments
from competition.kernel.web.fragments import MARK, Fragment, FragmentTag, slot

KINDS = ("value", "error", "bad", "rows")
pieces = st.lists(st.text(st.characters(exclude_characters=MARK, codec="utf-8"), max_size=5), min_size=1, max_size=8)
names = st.tuples(st.sampled_from(KINDS), st.from_regex(r"[a-z.]{1,4}", fullmatch=True))
TEMPLATES = {
    "piece.html": '{% fragment key, {"who": who} %}[{{ key }}:{{ slot("who") }}:{{ count() }}]{% endfragment %}',
    "broken.html": "{% fragment key %}x{% endfragment %}",
}


@st.composite
def markups(draw: st.DrawFn) -> tuple[str, Fragment]:
    """A markup, and the fragment that it is cut into."""
    texts = draw(pieces)
    slots = draw(st.lists(names, min_size=len(texts) - 1, max_size=len(texts) - 1))
    markup = texts[0] + "".join(str(slot(*words)) + text for words, text in zip(slots, texts[1:], strict=True))
    return markup, Fragment(tuple(texts), tuple(slots))


@given(markups())
def test_markup_is_cut_at_its_slots(example: tuple[str, Fragment]) -> None:
    markup, fragment = example
    assert Fragment.of(markup) == fragment
    assert Fragment.of(fragment.fill(lambda *words: slot(*words))) == fragment


@given(markups(), st.frozensets(st.sampled_from(KINDS)))
def test_without_slots_is_the_same_as_empty_slots(example: tuple[str, Fragment], kinds: frozenset[str]) -> None:
    fragment = example[1]
    fewer = fragment.without(kinds)
    assert fewer.fill(lambda kind, name: f"<{kind}:{name}>") == fragment.fill(
        lambda kind, name: "" if kind in kinds else f"<{kind}:{name}>"
    )
    assert fewer.slots == tuple(words for words in fragment.slots if words[0] not in kinds)


@pytest.fixture
def environment() -> Environment:
    return Environment(loader=DictLoader(TEMPLATES), autoescape=True, extensions=[FragmentTag])


def test_a_body_is_rendered_once_per_key_and_its_slots_filled_anew(environment: Environment) -> None:
    renderings: list[int] = []

    def count() -> int:
        renderings.append(1)
        return len(renderings)

    def page(key: str, who: str) -> str:
        return environment.get_template("piece.html").render(key=key, who=who, count=count)

    pages = [page("a", "<Li>"), page("a", "Kim"), page("b", "Kim"), page("a", "Ada")]
    assert pages == ["[a:&lt;Li&gt;:1]", "[a:Kim:1]", "[b:Kim:2]", "[a:Ada:1]"]


@given(st.text())
def test_a_slot_shows_any_text_as_text(name: str) -> None:
    tag = FragmentTag(Environment(autoescape=True))
    for _turn in range(2):
        assert tag.render(0, "key", {"who": name}, lambda: f"<b>{slot('who')}</b>") == f"<b>{escape(name)}</b>"


def test_the_keys_that_were_not_used_for_longest_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MAX_FRAGMENTS", 3)
    tag = FragmentTag(Environment(autoescape=True))
    bodies: list[Any] = []
    for key in "abcabda":
        tag.render(0, key, {}, lambda key=key: bodies.append(key) or "x")  # type: ignore[misc, func-returns-value]
    assert bodies == ["a", "b", "c", "d"]


def test_a_fragment_without_slots_named_is_refused(environment: Environment) -> None:
    with pytest.raises(TemplateSyntaxError, match="dictionary of its slots"):
        environment.get_template("broken.html")
