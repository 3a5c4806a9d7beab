"""Everything that the log records has words, in every language: found in the source, not in a list kept by hand."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale

from competition.application import SLICES
from competition.kernel.data import audit_labels

ROOT = Path(__file__).parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def recorded() -> dict[str, str]:
    """Every action that ``audit.record(…)`` is called with, and a place where it is."""
    places: dict[str, str] = {}
    for file in sorted((ROOT / "competition").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for function, call in _calls(tree, lambda name: name == "audit.record"):
            for action in _values(call.args[0], function, tree):
                places.setdefault(action, f"{file.relative_to(ROOT)}:{call.lineno}")
    return places


def _calls(tree: ast.Module, wanted) -> Iterator[tuple[Function, ast.Call]]:
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and wanted(ast.unparse(node.func)):
                yield function, node


def _values(node: ast.expr, function: Function, tree: ast.Module) -> set[str]:
    """What an expression can be: a text, one of two, a text around a value, a variable, or what callers hand in."""
    match node:
        case ast.Constant(value=str() as text):
            return {text}
        case ast.IfExp():
            return _values(node.body, function, tree) | _values(node.orelse, function, tree)
        case ast.JoinedStr(values=parts):
            texts = {""}
            for part in parts:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                texts = {text + more for text in texts for more in _values(inner, function, tree)}
            return texts
        case ast.Name(id=name):
            here = [
                constant.value for constant in ast.walk(function)
                if isinstance(constant, ast.Assign) and [ast.unparse(target) for target in constant.targets] == [name]
            ]
            if here:
                return set().union(*(_values(value, function, tree) for value in here))
            place = [argument.arg for argument in function.args.args].index(name)
            handed = [(by, call.args[place]) for by, call in _calls(tree, lambda called: called == function.name)]
            assert handed, f"nobody calls {function.name}"
            return set().union(*(_values(value, by, tree) for by, value in handed))
    raise AssertionError(f"write the action as a text, so that its words can be checked: {ast.unparse(node)}")


def test_the_source_is_understood() -> None:
    actions = set(recorded())
    assert len(actions) > 80
    assert {action for action in actions if action.startswith(("pilot.", "milestone.", "file.", "results."))} == {
        "file.read", "file.shown", "file.withheld", "milestone.accepted", "milestone.reported", "milestone.returned",
        "pilot.accept", "pilot.agree", "pilot.award_changed", "pilot.cancel", "pilot.fail", "pilot.propose_again",
        "pilot.proposed", "pilot.start", "results.corrected", "results.correction_discarded",
        "results.correction_opened", "results.lots_drawn", "results.published", "results.run_failed",
        "results.run_finished",
        "results.run_requested",
    }


def test_each_slice_declares_what_is_recorded_and_nothing_else() -> None:
    modules = [importlib.import_module(f"competition.{name}.audit_labels") for name in SLICES]
    declared = [action for module in modules for action in module.ACTIONS]
    assert sorted(declared) == sorted(recorded())


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["zh_Hans", "ko"])
def test_every_action_is_translated(app: Flask, language: str) -> None:
    with (ROOT / "competition" / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        catalogue = read_po(stream, locale=language)
    with force_locale("en"):
        english = {action: audit_labels.words(action) for action in recorded()}
    assert [action for action, words in english.items() if words == action] == []
    missing = [action for action, words in english.items() if words not in catalogue or not catalogue[words].string]
    assert missing == []


def test_two_slices_never_declare_the_same_action() -> None:
    with pytest.raises(ValueError, match=r"declared twice: call\.published"):
        audit_labels.declare({"call.published": "Something else"})
