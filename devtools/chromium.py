"""A Chromium for the browser tests: the machine's own, else Debian's (as root), else one from npm.

Playwright's own downloads are never used: they come from a host that many networks do not reach.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from devtools import node, setup
from devtools.progress import Progress

# A shell draws pages and no windows around them, which is a third less work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CACHE = setup.TOOLS / "chromium"
BROWSER = CACHE / "browser" / "chromium"
NPM_LIST = setup.ROOT / "devtools" / "browser"
NPM_NODE_MINIMUM = (22, 17)
# Unpacks the browser, and the libraries that a bare machine lacks, into TMPDIR.
UNPACK = """\
import chromium from "{package}/build/index.js";
chromium.setGraphicsMode = false;
await chromium.executablePath();
"""
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


def on_path() -> Path | None:
    """The machine's own browser; a snap's launcher does not count, it cannot read our folders."""
    for name in NAMES:
        program = shutil.which(name)
        if program and "/snap/" not in os.path.realpath(program):
            return Path(program)
    return None


def environment() -> dict[str, str]:
    """What the tests need to know: where the browser is, and what it needs around it."""
    node_program = node.find()
    driver = {"PLAYWRIGHT_NODEJS_PATH": str(node_program)} if node_program else {}
    own = on_path()
    if own is not None:
        return {**driver, "TEST_CHROMIUM": str(own)}
    if BROWSER.exists():
        return {
            **driver, "TEST_CHROMIUM": str(BROWSER), "FONTCONFIG_FILE": str(CACHE / "fonts.conf"),
            "TEST_CHROMIUM_LIBRARIES": str(BROWSER.parent / "al2023" / "lib"),
        }
    raise setup.SetupError("No browser for the tests: ./run test installs one, or put chromium on PATH.")


def ensure(progress: Progress) -> None:
    missing = on_path() is None and not BROWSER.exists()
    progress.run("Installing a browser for the tests", install, needed=missing)
    needs_node = node.find() is None
    progress.run("Fetching node for the browser's driver", node.install, needed=needs_node)


def install() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get") and _from_debian():
        return
    _from_npm()


def _from_debian() -> bool:
    """Debian's package; not Ubuntu's, which only fetches a snap."""
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium-headless-shell", "fonts-noto-cjk"],
    ):
        done = subprocess.run(
            command, check=False, capture_output=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
        if done.returncode:
            return False
    return on_path() is not None


def _from_npm() -> None:
    """A Chromium that brings its libraries along, for machines where nothing may be installed."""
    if node.find(NPM_NODE_MINIMUM) is None:
        node.install()
    shutil.rmtree(CACHE, ignore_errors=True)
    npm, unpacked = CACHE / "npm", CACHE / "unpacked"
    shutil.copytree(NPM_LIST, npm)
    unpacked.mkdir()
    advice = "Or install a browser yourself and put chromium on PATH."
    node.run(
        ["npm", "ci", "--prefix", npm, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        minimum=NPM_NODE_MINIMUM, advice=advice,
    )
    package = npm / "node_modules" / "@sparticuz" / "chromium"
    node.run(
        ["node", "--input-type=module", "--eval", UNPACK.format(package=package)],
        env={"TMPDIR": str(unpacked), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"},
        minimum=NPM_NODE_MINIMUM, advice=advice,
    )
    fonts = FONTS.format(fonts=setup.ROOT / "static" / "dist" / "fonts", cache=CACHE / "fontcache")
    (CACHE / "fonts.conf").write_text(fonts)
    shutil.rmtree(npm)
    unpacked.rename(CACHE / "browser")
