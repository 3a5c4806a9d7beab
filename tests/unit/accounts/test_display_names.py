"""Names in mail to strangers hold nothing that a mail program makes a link of."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.accounts.display_names import LONGEST, unlinked


@pytest.mark.parametrize(("name", "shown"), [
    ("Ana Silva", "Ana Silva"), ("Dr. J.-P. Müller", "Dr. J.-P. Müller"), ("未来城市研究院", "未来城市研究院"),
    ("Team: A/B", "Team: A/B"), ("Dear Sir, visit https://evil.test/now", "Dear Sir, visit evil test/now"),
    ("www.evil.test", "www evil test"), ("evil。test", "evil test"), ("ｈｔｔｐ：／／evil．test", "evil test"),
    ("//evil.test", "evil test"), ("mailto:a@evil.test", "a@evil test"), ("a" * 81, "a" * 79 + "…"), ("", ""),
])
def test_examples(name: str, shown: str) -> None:
    assert unlinked(name) == shown


@given(st.text(alphabet="ahtp:/.。．ｗ @-é", max_size=120))
def test_no_scheme_and_no_domain_is_left(name: str) -> None:
    shown = unlinked(name)
    assert re.search(r"//|\w[.。．]\w", shown) is None
    assert len(shown) <= LONGEST
    assert unlinked(shown) == shown
