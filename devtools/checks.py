"""``./run check``: every rule about the source that a machine can decide."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from devtools import check_imports, check_licences, check_requirements, check_templates, translations
from devtools.setup import ROOT, VENV

MAX_LINES = 400
# Hosts of package registries: a clone must install from whatever index its own machine is set to.
HOSTS = ("py" + r"pi\.org", "python" + r"hosted\.org", r"registry\.npm" + "js", r"deb\.debian" + r"\.org")
REGISTRY = re.compile("|".join(HOSTS))
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "raise " + "NotImplemented")) + ")")
SOURCE = {".py", ".js", ".mjs", ".css", ".html", ".toml", ".in", ".txt", ".json", ".yaml", ".md", ""}


def _tracked() -> list[Path]:
    """Files of the repository, also new ones, but not what is ignored or generated."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    files = [ROOT / name for name in listed]
    return [file for file in files if file.is_file() and file.suffix in SOURCE]


def source_faults() -> Iterator[str]:
    """Files that are too long, unfinished, or name a registry."""
    for file in _tracked():
        name = file.relative_to(ROOT)
        text = file.read_text(errors="replace")
        lines = text.count("\n")
        code = file.suffix in {".py", ".js", ".mjs", ".css", ".html"} and name.parts[0] not in {"migrations"}
        if code and lines > MAX_LINES:
            yield f"{name}: {lines} lines, at most {MAX_LINES}"
        for number, line in enumerate(text.splitlines(), 1):
            if REGISTRY.search(line):
                yield f"{name}:{number}: names a package registry"
            if code and UNFINISHED.search(line):
                yield f"{name}:{number}: unfinished"


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
    "source": source_faults,
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
