"""How passwords are kept outside these tests."""

from __future__ import annotations

from tests.fixtures.passwords import REAL


def test_a_password_costs_what_the_cheat_sheet_says() -> None:
    """OWASP's second choice: 19 MiB, 2 passes, 1 lane; and a salt of its own each time."""
    first, again = REAL.hash("word"), REAL.hash("word")
    assert first.rpartition("$")[0].rpartition("$")[0] == "$argon2id$v=19$m=19456,t=2,p=1"
    assert first != again
    assert REAL.verify(first, "word")
    assert REAL.verify(again, "word")
