"""Each rule for source files finds its fault, and nothing else."""

from __future__ import annotations

import pytest

from devtools.check_source import MAX_FUNCTION_LINES, MAX_LINES, line_faults, python_faults


@pytest.mark.parametrize(("source", "fault"), [
    ("found = 1", "'found' says nothing: name what it holds"),
    ("for kept in (): pass", "'kept' says nothing: name what it holds"),
    ("def _made(): pass", "'_made' says nothing: name what it holds"),
    ("def add(given): pass", "'given' says nothing: name what it holds"),
    ("class said: pass", "'said' says nothing: name what it holds"),
    ("this.told = 1", "'told' says nothing: name what it holds"),
])
def test_a_name_that_says_nothing_is_a_fault(source: str, fault: str) -> None:
    assert list(python_faults(f"\n{source}")) == [(2, fault)]


@pytest.mark.parametrize("source", ["entry = found", "entry.kept()", "found_at = 1", "call(made=1)"])
def test_using_a_name_of_somebody_else_is_none(source: str) -> None:
    assert list(python_faults(source)) == []


def test_a_function_has_room_on_one_screen() -> None:
    body = "    pass\n" * (MAX_FUNCTION_LINES - 1)
    assert list(python_faults(f"def fits():\n{body}")) == []
    assert list(python_faults(f'def documented():\n    """One\n\n    Two\n    """\n{body}')) == []
    assert list(python_faults(f"def scrolls():\n{body}    pass\n")) == [
        (1, f"scrolls has {MAX_FUNCTION_LINES + 1} lines, at most {MAX_FUNCTION_LINES}")
    ]


def test_a_docstring_does_not_make_a_function_long() -> None:
    text = "    \"\"\"What it does.\n" + "    more\n" * MAX_FUNCTION_LINES + "    \"\"\"\n"
    assert list(python_faults(f"def documented():\n{text}    pass\n")) == []


def test_lines_of_any_file() -> None:
    assert list(line_faults("a\n" * MAX_LINES, code=True)) == []
    assert list(line_faults("a\n" * (MAX_LINES + 1), code=True)) == [(1, f"{MAX_LINES + 1} lines, at most {MAX_LINES}")]
    assert list(line_faults("a\n" * (MAX_LINES + 1), code=False)) == []
    assert list(line_faults("fine\n# " + "TO" + "DO later", code=True)) == [(2, "unfinished")]
    assert list(line_faults("index = py" + "pi.org", code=False)) == [(1, "names a package registry")]
