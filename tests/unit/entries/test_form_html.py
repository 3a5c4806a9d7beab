"""The form's text with gaps: dropping gaps that stay empty changes nothing that is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from competition.entries.form_html import MARK, Text

KINDS = ("value", "error", "bad", "rows")
pieces = st.lists(st.text(st.characters(exclude_characters=MARK, codec="utf-8"), max_size=5), min_size=1, max_size=8)
gap = st.tuples(st.sampled_from(KINDS), st.from_regex(r"[a-z.]{1,4}", fullmatch=True))


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, Text]:
    said = draw(pieces)
    gaps = draw(st.lists(gap, min_size=len(said) - 1, max_size=len(said) - 1))
    markup = said[0] + "".join(
        f"{MARK}{kind} {name}{MARK}{piece}" for (kind, name), piece in zip(gaps, said[1:], strict=True)
    )
    return markup, Text(tuple(said), tuple(gaps))


@given(texts())
def test_a_text_is_its_pieces_and_its_gaps(made: tuple[str, Text]) -> None:
    markup, text = made
    assert Text.of(markup) == text
    assert Text.of(text.fill(lambda kind, name: f"{MARK}{kind} {name}{MARK}")) == text


@given(texts(), st.sets(st.sampled_from(KINDS)))
def test_without_is_the_same_as_empty(made: tuple[str, Text], kinds: set[str]) -> None:
    text = made[1]
    fewer = text.without(kinds)
    assert fewer.fill(lambda kind, name: f"<{kind}:{name}>") == text.fill(
        lambda kind, name: "" if kind in kinds else f"<{kind}:{name}>"
    )
    assert fewer.gaps == tuple(one for one in text.gaps if one[0] not in kinds)
