"""A lock names its table: FOR UPDATE without OF fails on PostgreSQL once a loaded object brings an outer join."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCES = sorted((Path(__file__).parents[2] / "competition").rglob("*.py"))


def unnamed(source: str) -> list[int]:
    """Lines that refresh an object under a lock that names no table."""
    faults = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "refresh":
            locks = [word.value for word in node.keywords if word.arg == "with_for_update"]
            named = [
                isinstance(lock, ast.Dict) and any(isinstance(k, ast.Constant) and k.value == "of" for k in lock.keys)
                for lock in locks
            ]
            if not all(named):
                faults.append(node.lineno)
    return faults


def test_the_guard_sees() -> None:
    assert unnamed("s.refresh(a, with_for_update=True)\ns.refresh(a, with_for_update={'of': A})\ns.refresh(a)") == [1]
    assert unnamed("s.refresh(a, with_for_update={'read': True})") == [1]


def test_every_lock_names_its_table() -> None:
    assert {str(path): lines for path in SOURCES if (lines := unnamed(path.read_text()))} == {}
