"""Which passwords are refused because they are tried first."""

from __future__ import annotations

import pytest

from competition.accounts.weak_passwords import common, holds_own, is_common


def test_the_list_is_whole() -> None:
    assert len(common()) == 10_000
    assert {"password", "1234567890", "qwertyuiop", "password123"} <= common()
    assert all(word == word.casefold() == word.strip() for word in common())


@pytest.mark.parametrize("password", [
    "aaaaaaaaaa", "1234567890", "password12", "Password2026!", "QWERTYUIOP", "passwordpassword", "!!dragon2024!!",
    "abcdefghijklm", "9876543210", "ｐａｓｓｗｏｒｄ１２", "2026-06-15", "abababababab",
])
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize("password", [
    "a long enough phrase", "demo-password", "wren over the quarry", "梧桐树下的小巷十二号", "7c2f-91ab-4d0e",
    "8301749562830174",
])
def test_what_is_not_is_taken(password: str) -> None:
    assert not is_common(password)


@pytest.mark.parametrize(("password", "name", "email", "refused"), [
    ("gu wen likes tea", "Gu Wen", "x@example.test", False),  # words of three letters are everywhere
    ("GUWEN-2026-x9", "Gu Wen", "x@example.test", True),
    ("olive-trees-77", "Olive Organizer", "x@example.test", True),
    ("my calls.desk 2026", "", "calls.desk@example.test", True),
    ("the desk is tidy", "", "calls.desk@example.test", True),
    ("wren over the quarry", "Olive Organizer", "calls.desk@example.test", False),
    ("李小明的密码一二三", "李小明", "x@example.test", False),  # three signs: too short to be told from others
    ("wren over the quarry", "", "", False),
])
def test_the_own_name_and_address_stay_out(password: str, name: str, email: str, refused: bool) -> None:
    assert holds_own(password, name=name, email=email) is refused
