"""Which licences of dependencies pass, and how they are read from what packages state."""

from __future__ import annotations

from email.message import Message

import pytest

from devtools import check_licences


@pytest.mark.parametrize(("expression", "passes"), [
    ("MIT", True),
    ("BSD-3-Clause AND Zlib", True),
    ("GPL-2.0-only OR MIT", True),
    ("(MIT OR CC0-1.0)", True),
    ("LGPL-3.0-only", False),
    ("MIT AND GPL-3.0-or-later", False),
    ("GPL-3.0-only AND (MIT OR Apache-2.0)", False),
    ("not stated", False),
])
def test_permissive_licences_pass(expression: str, passes: bool) -> None:
    assert check_licences.allowed(expression) is passes


@pytest.mark.parametrize(("fields", "licence"), [
    ([("License-Expression", "MIT OR Apache-2.0"), ("License", "proprietary")], "MIT OR Apache-2.0"),
    ([("License", "see file"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT"),
    ([("Classifier", "License :: DFSG approved"), ("Classifier", "License :: OSI Approved :: BSD License")], "BSD"),
    ([("License", "Apache License 2.0\n\nThe whole text")], "Apache-2.0"),
    ([("License", "Business Source License")], "Business Source License"),
    ([("Classifier", "Topic :: Database")], "not stated"),
])
def test_the_licence_is_read_from_the_newest_field(fields: list[tuple[str, str]], licence: str) -> None:
    package = Message()
    for name, value in fields:
        package[name] = value
    assert check_licences.python_licence(package) == licence


def test_what_is_locked_passes() -> None:
    assert list(check_licences.faults()) == []


def test_an_unknown_licence_and_an_idle_exception_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_licences, "licences", lambda: iter([("new", "GPL-3.0-only"), ("psycopg", "MIT")]))
    monkeypatch.setattr(check_licences, "EXCEPTIONS", {"psycopg": ("LGPL-3.0-only", "linked")})
    assert list(check_licences.faults()) == ["new: GPL-3.0-only", "psycopg: no exception is needed for LGPL-3.0-only"]
