"""The states and the phases of a call are listed in one place: no other module writes a list of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from competition.calls.lifecycle import STATES
from competition.calls.phases import PHASES
from competition.calls.timeline import STEPS

ROOT = Path(__file__).resolve().parents[2]
WORDS = {*STATES, *PHASES}
HOMES = {"competition/calls/lifecycle.py", "competition/calls/phases.py", "competition/calls/timeline.py"}
TEMPLATE_LIST = re.compile(r"[\[(]\s*(?:['\"]\w+['\"]\s*,?\s*)+[\])]")


def lists_of_states(source: str) -> Iterator[int]:
    """The lines on which Python code lists two or more states of a call and nothing else."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Set | ast.List | ast.Tuple):
            items = node.elts
        elif isinstance(node, ast.Dict):
            items = [key for key in node.keys if key is not None]
        else:
            continue
        texts = {item.value for item in items if isinstance(item, ast.Constant)}
        if len(texts) == len(items) >= 2 and texts <= WORDS:
            yield node.lineno


def lists_in_template(source: str) -> list[str]:
    return [
        text for text in TEMPLATE_LIST.findall(source)
        if len(words := set(re.findall(r"\w+", text))) >= 2 and words <= WORDS
    ]


@pytest.mark.parametrize("source", [
    'A = {"notice", "piloting"}', 'A = frozenset(["draft", "cancelled"])', 'state in ("draft", "published")',
    'RANKS = {"open": 0, "upcoming": 1}',
])
def test_a_list_of_states_is_noticed(source: str) -> None:
    assert list(lists_of_states(source)) == [1]


def test_a_list_of_states_in_a_template_is_noticed() -> None:
    assert lists_in_template("{% if state in ('notice', 'piloting') and x in ('a', 'draft') %}") == [
        "('notice', 'piloting')"
    ]


def test_no_other_module_lists_states_of_a_call() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "competition").rglob("*.py")) if str(path.relative_to(ROOT)) not in HOMES
        for line in lists_of_states(path.read_text("utf-8"))
    ]
    offenders += [
        f"{path.relative_to(ROOT)}: {text}"
        for path in sorted((ROOT / "templates").rglob("*.html")) for text in lists_in_template(path.read_text("utf-8"))
    ]
    assert offenders == []


def test_phases_name_steps_that_exist() -> None:
    assert {phase.step for phase in PHASES.values()} - {""} <= set(STEPS)
    assert set(PHASES) == {state for state in STATES if state != "published"} | {"upcoming", "open", "closed"}
