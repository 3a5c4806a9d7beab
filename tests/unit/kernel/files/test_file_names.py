"""File names are shown, never obeyed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.files.file_names import HIDDEN, LONGEST, display_name, extension


@pytest.mark.parametrize(("raw", "shown"), [
    ("plan.pdf", "plan.pdf"), ("../../etc/passwd", "passwd"), ("C:\\temp\\计划书.docx", "计划书.docx"),
    ("\u202egnp.exe.pdf", "gnp.exe.pdf"), ("a\x00b\n.pdf", "ab.pdf"), ("", "file"), ("...", "file"), ("/", "file"),
    ("e\u0301.pdf", "é.pdf"), ("x" * 300 + ".pdf", "x" * 196 + ".pdf"), (" plan.pdf ", "plan.pdf"),
])
def test_display_name(raw: str, shown: str) -> None:
    assert display_name(raw) == shown


@pytest.mark.parametrize(("name", "suffix"), [
    ("a.PDF", "pdf"), ("a.tar.gz", "gz"), ("pdf", ""), (".pdf", ""), ("a.", ""), ("a.ｐｄｆ", ""), ("a.p df", ""),
])
def test_extension(name: str, suffix: str) -> None:
    assert extension(name) == suffix


@given(st.text(max_size=400))
def test_any_name_is_safe_to_show(raw: str) -> None:
    shown = display_name(raw)
    assert 0 < len(shown) <= LONGEST
    assert shown == unicodedata.normalize("NFC", shown)
    assert not any(c in "/\\" or not c.isprintable() or ord(c) in HIDDEN for c in shown)
