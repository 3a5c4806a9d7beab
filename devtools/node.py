"""Node and what it builds for the browser: ``node_modules`` and ``static/dist``."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from devtools import packages
from devtools.progress import Progress
from devtools.setup import ROOT, VENV, SetupError, Stamp, digest, quietly

MINIMUM = (20, 19)  # PDF.js and esbuild


def find(minimum: tuple[int, int] = MINIMUM) -> Path | None:
    """A new enough node that has npm beside it: the machine's own, else the one from PyPI."""
    for folder in [*os.environ.get("PATH", "").split(os.pathsep), str(VENV / "bin")]:
        candidate = Path(folder) / "node"
        # A PATH taken over from somebody else may name folders that this account may not read.
        if os.access(candidate, os.X_OK) and os.access(Path(folder) / "npm", os.X_OK):
            answer = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False)
            version = re.match(r"v(\d+)\.(\d+)", answer.stdout)
            if version and (int(version[1]), int(version[2])) >= minimum:
                return candidate
    return None


def install() -> None:
    packages.install(ROOT / "devtools" / "requirements-node.txt")


def run(
    command: Iterable[str | Path], *, advice: str, minimum: tuple[int, int] = MINIMUM,
    env: dict[str, str] | None = None,
) -> None:
    """Run npm or node with the folder of the chosen node first on PATH."""
    executable = find(minimum)
    if executable is None:
        raise SetupError("No usable node was found, also not the one from PyPI.")
    path = f"{executable.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    name, *rest = command
    quietly([executable.parent / str(name), *rest], env={"PATH": path, **(env or {})}, advice=advice)


def assets(progress: Progress) -> None:
    """``node_modules`` from the lock file, then ``static/dist`` by esbuild."""
    lock = ROOT / "package-lock.json"
    modules = Stamp(ROOT / "node_modules" / ".stamp", digest([lock, ROOT / "package.json"]))
    source = [ROOT / "static" / "src", ROOT / "static" / "img", ROOT / "static" / "build.mjs", lock]
    bundles = Stamp(ROOT / "static" / "dist" / ".stamp", digest(source))
    work = modules.stale or bundles.stale
    progress.run("Fetching node", install, needed=work and find() is None)
    progress.run("Installing JavaScript packages", modules.after(npm_install), needed=modules.stale)
    progress.run("Bundling scripts and styles", bundles.after(bundle), needed=work)


def npm_install() -> None:
    run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        advice="npm could not install the pages' packages: is a package registry reachable?",
    )


def bundle() -> None:
    run(["node", "static/build.mjs"], advice="A file under static/src does not build.")
