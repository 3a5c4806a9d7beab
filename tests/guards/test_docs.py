"""Every setting, command, permission, mail and export column is documented, and nothing that does not exist is."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import click
import pytest

from competition.cli import group
from competition.config import Settings
from competition.exports.tables import TABLES
from competition.kernel.web.access import Permission
from devtools.__main__ import HELP, STEPS

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference.md"
GUIDE = ROOT / "docs" / "operators-guide.md"
RUN_ONLY = {"HOST", "PORT", "GRANIAN_WORKERS", "GRANIAN_BLOCKING_THREADS"}  # read by `./run serve`, not by Settings


@cache
def documented(file: Path, heading: str) -> dict[str, str]:
    """Name in code marks → meaning, over all tables of a section; a first cell may name several."""
    level, rest = heading.split(" ", 1)
    section = re.split(rf"^{re.escape(level)} {re.escape(rest)}$", file.read_text(), maxsplit=1, flags=re.MULTILINE)[1]
    section = re.split(rf"^#{{2,{len(level)}}} ", section, maxsplit=1, flags=re.MULTILINE)[0]
    meanings = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            meanings |= dict.fromkeys(re.findall(r"`([^`]+)`", cells[0]), cells[-1])
    return meanings


def commands(parent: click.Group, prefix: str = "") -> set[str]:
    names: set[str] = set()
    for name, command in parent.commands.items():
        names |= commands(command, f"{prefix}{name} ") if isinstance(command, click.Group) else {f"{prefix}{name}"}
    return names


def mails() -> set[str]:
    folder = ROOT / "templates" / "mail"
    return {file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.txt")}


@pytest.mark.parametrize(("file", "heading", "names"), [
    (GUIDE, "## 2. Settings", {name.upper() for name in Settings.model_fields} | RUN_ONLY),
    (REFERENCE, "## Permissions", {permission.value for permission in Permission}),
    (REFERENCE, "## Mails", mails()),
    (REFERENCE, "## Commands", commands(group)),
    *((REFERENCE, f"### {key}", {column.name for column in table.columns}) for key, table in TABLES.items()),
])
def test_the_documentation_names_what_there_is(file: Path, heading: str, names: set[str]) -> None:
    meanings = documented(file, heading)
    assert set(meanings) == names
    assert [name for name, meaning in meanings.items() if len(meaning) < 5] == []


def test_every_command_of_run_is_in_its_help() -> None:
    assert {name for name in STEPS if f"./run {name}" not in HELP} == {"demo"}  # which is `./run` itself


def test_every_decision_is_in_order_and_has_its_three_parts() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        for part in ("**Problem.**", "**Decision.**", "**Consequence.**"):
            assert part in file.read_text(), f"{file.name} has no {part}"
