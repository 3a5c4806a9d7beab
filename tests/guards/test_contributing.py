"""CONTRIBUTING names files, commands and tests that exist; every recipe says what notices a forgotten step."""

from __future__ import annotations

import re
from pathlib import Path

from devtools.__main__ import STEPS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
FOLDERS = ("competition/", "templates/", "static/", "tests/", "docs/", "migrations/", "scoring/", "devtools/")


def recipes() -> dict[str, str]:
    """Heading → text of each recipe."""
    parts = re.split(r"^## (Add .+)$", TEXT, flags=re.MULTILINE)[1:]
    return {heading: re.split(r"^## ", text, flags=re.MULTILINE)[0] for heading, text in zip(
        parts[::2], parts[1::2], strict=True
    )}


def test_every_path_exists() -> None:
    names = [name for name in re.findall(r"[`(]([\w/.-]+)[`)]", TEXT) if name.startswith(FOLDERS) and "<" not in name]
    assert len(names) > 20
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_every_command_exists() -> None:
    names = set(re.findall(r"`\./run (\w+)", TEXT))
    assert names - {*STEPS, "lock"} == set()


def test_every_recipe_says_what_notices_a_forgotten_step() -> None:
    assert set(recipes()) == {
        "Add a rule that differs between calls", "Add a page", "Add a stage or a state", "Add a mail",
        "Add an export column", "Add a job", "Add a language", "Add an endpoint that answers in JSON",
        "Add a dependency",
    }
    assert [name for name, text in recipes().items() if not re.search(r"^Forgotten: ", text, re.MULTILINE)] == []
