"""Which node is taken: the first on PATH that runs, is new enough and has npm beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devtools import node


def _program(path: Path, output: str, mode: int = 0o755) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {output}\n")
    path.chmod(mode)


def test_folders_that_have_nothing_for_us_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("closed", "old", "alone", "plain", "right", "later")
    folders = {name: tmp_path / name for name in names}
    for name in names:
        _program(folders[name] / "node", "v8.0.0" if name == "old" else "v99.1.0", 0o644 if name == "plain" else 0o755)
        if name != "alone":
            _program(folders[name] / "npm", "10")
    folders["closed"].chmod(0)  # somebody else's; root may look nevertheless, so it says nothing of use either
    if os.access(folders["closed"] / "node", os.X_OK):
        folders["closed"].chmod(0o755)
        _program(folders["closed"] / "node", "no version")
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders.values())))
    try:
        assert node.find() == folders["right"] / "node"
    finally:
        folders["closed"].chmod(0o755)
