from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.data.canonical import digest, encode

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def test_known_bytes() -> None:
    east = timezone(timedelta(hours=8))
    value = {"b": [1, None, True], "a": "é", "t": datetime(2026, 9, 30, 18, tzinfo=east), "f": Fraction(25, 3)}
    assert encode(value) == (
        '{"a":"é","b":[1,null,true],"f":"25/3","t":"2026-09-30T10:00:00.000000Z"}'.encode()
    )


def test_spelling_of_a_letter_does_not_matter() -> None:
    assert digest("x", "e\u0301") == digest("x", "\u00e9")


def test_the_domain_tag_separates() -> None:
    assert digest("receipt/1", "same") != digest("sheet/1", "same")


def test_floats_have_no_canonical_form() -> None:
    with pytest.raises(TypeError, match="float"):
        encode({"score": 7.5})


@given(PLAIN)
def test_the_order_of_keys_does_not_matter(value: object) -> None:
    def reverse(item: object) -> object:
        if isinstance(item, dict):
            return {key: reverse(item[key]) for key in reversed(item)}
        return [reverse(part) for part in item] if isinstance(item, list) else item

    assert encode(value) == encode(reverse(value))
    json.loads(encode(value))


def test_an_instant_is_the_same_in_every_zone() -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert encode(at) == encode(at.astimezone(timezone(timedelta(hours=-5))))
