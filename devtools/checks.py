"""``./run check``: every rule about the source that a machine can decide."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from devtools import (
    check_imports,
    check_licences,
    check_requirements,
    check_source,
    check_templates,
    translations,
)
from devtools.setup import ROOT, VENV


def _tool(*command: str) -> Callable[[], Iterator[str]]:
    def faults() -> Iterator[str]:
        done = subprocess.run(
            [str(VENV / "bin" / command[0]), *command[1:]], cwd=ROOT, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        if done.returncode:
            yield from done.stdout.strip().splitlines()

    return faults


CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    "style (ruff)": _tool("ruff", "check", "--output-format", "concise", "."),
    "types (mypy)": _tool("mypy"),
    "who imports whom (import-linter)": _tool("lint-imports", "--no-cache"),
    "import circles": check_imports.faults,
    "source": check_source.faults,
    "requirement lists": check_requirements.faults,
    "licences": check_licences.faults,
    "translations": translations.faults,
    "templates": check_templates.faults,
}


def run() -> int:
    """Run all checks, show every fault; 1 if there was any."""
    failed = 0
    for name, check in CHECKS.items():
        start = time.monotonic()
        faults = list(check())
        failed += bool(faults)
        print(f"{'FAIL' if faults else 'ok  '}  {name}, {time.monotonic() - start:.0f} s", flush=True)
        for line in faults:
            print(f"      {line}", flush=True)
    if failed:
        print(f"\n{failed} of {len(CHECKS)} checks failed.", file=sys.stderr)
    return 1 if failed else 0
