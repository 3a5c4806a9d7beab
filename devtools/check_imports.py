"""No import circles: not at the top of modules, nor hidden in functions or behind ``TYPE_CHECKING``.

Import-linter knows which package may import which; it leaves circles among the modules of one package alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from devtools.setup import ROOT

PACKAGES = ("competition", "scoring", "devtools", "bench")


def imports_of(source: str, modules: frozenset[str]) -> set[str]:
    """The modules among ``modules`` that a source text imports anywhere."""
    targets = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                targets.add(inner if inner in modules else node.module)
        elif isinstance(node, ast.Import):
            targets.update(alias.name for alias in node.names)
    return targets & modules


def circles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """One circle at a time, as the modules along it; each is cut at its last import before the next is looked for."""
    edges = {module: set(targets) - {module} for module, targets in graph.items()}
    while True:
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]  # each module is imported by the one after it; the first is the last
            yield circle[::-1]
            edges[circle[1]].discard(circle[0])
        else:
            return


def module_name(file: Path) -> str:
    """``competition/calls/__init__.py`` → ``competition.calls``."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def faults() -> Iterator[str]:
    """One line for each circle."""
    files = {module_name(file): file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))}
    modules = frozenset(files)
    graph = {name: imports_of(file.read_text(), modules) for name, file in files.items()}
    for circle in circles(graph):
        yield f"import circle: {' → '.join(circle)}"
