"""A name is one line of what can be seen."""

from __future__ import annotations

import pytest

from competition.kernel.web.forms import one_line


@pytest.mark.parametrize(("typed", "stored"), [
    ("Eve\u202e gnp.exe", "Eve gnp.exe"), ("Qinghe Lattice\u200b", "Qinghe Lattice"), ("\u2066Ana\u2069 \ufeff", "Ana"),
    ("\u200bAna\n Lee ", "Ana  Lee"), ("می\u200cخواهم", "می\u200cخواهم"), ("青禾 Lattice", "青禾 Lattice"), (7, 7),
])
def test_marks_that_nobody_sees_are_left_out(typed: object, stored: object) -> None:
    assert one_line(typed) == stored
