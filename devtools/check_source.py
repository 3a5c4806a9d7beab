"""Rules for the text of source files: length, length of functions, names, nothing unfinished, no registry named."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from devtools.setup import ROOT

MAX_LINES = 400  # of a file
MAX_FUNCTION_LINES = 60  # without its docstring
# Participles and fillers that say what happened to a value instead of what it is.
NAMELESS = frozenset({"found", "kept", "made", "said", "told", "given", "asked", "held", "known", "fresh", "worked"})
# Hosts of package registries: a clone must install from whatever index its own machine is set to.
HOSTS = ("py" + r"pi\.org", "python" + r"hosted\.org", r"registry\.npm" + "js", r"deb\.debian" + r"\.org")
REGISTRY = re.compile("|".join(HOSTS))
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "raise " + "NotImplemented")) + ")")
TEXT = {".py", ".js", ".mjs", ".css", ".html", ".toml", ".in", ".txt", ".json", ".yaml", ".md", ""}
CODE = {".py", ".js", ".mjs", ".css", ".html"}


def tracked() -> list[Path]:
    """Text files of the repository, also new ones, but not what is ignored or generated."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    files = [ROOT / name for name in listed]
    return [file for file in files if file.is_file() and file.suffix in TEXT]


def line_faults(text: str, *, code: bool) -> Iterator[tuple[int, str]]:
    """``(line, fault)`` of any file; ``code`` adds the rules for code."""
    lines = text.splitlines()
    if code and len(lines) > MAX_LINES:
        yield 1, f"{len(lines)} lines, at most {MAX_LINES}"
    for number, line in enumerate(lines, 1):
        if REGISTRY.search(line):
            yield number, "names a package registry"
        if code and UNFINISHED.search(line):
            yield number, "unfinished"


def python_faults(source: str) -> Iterator[tuple[int, str]]:
    """``(line, fault)`` of a Python file: functions that are too long, names that say nothing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            if lines > MAX_FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {lines} lines, at most {MAX_FUNCTION_LINES}"
        name = _name(node)
        if name is not None and name.strip("_") in NAMELESS:
            yield getattr(node, "lineno", 1), f"{name!r} says nothing: name what it holds"


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the docstring: parameters, references and examples do not make a function long."""
    first = node.body[0]
    if ast.get_docstring(node) is None:
        return 0
    return (first.end_lineno or first.lineno) - first.lineno + 1


def _name(node: ast.AST) -> str | None:
    """The name that a node gives to something, None where it gives none."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
    return None


def faults() -> Iterator[str]:
    """One line for each fault in the repository."""
    for file in tracked():
        name, text = file.relative_to(ROOT), file.read_text(errors="replace")
        code = file.suffix in CODE and name.parts[0] != "migrations"
        checks = [line_faults(text, code=code)]
        if code and file.suffix == ".py":
            checks.append(python_faults(text))
        yield from (f"{name}:{line}: {fault}" for check in checks for line, fault in check)
