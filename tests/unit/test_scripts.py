"""The unit tests of the browser's modules, ``tests/js``, run by node's own test runner."""

from __future__ import annotations

import subprocess
from pathlib import Path

from devtools import node

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 300


def test_the_modules_of_the_browser() -> None:
    program = node.find()
    assert program is not None, "./run installs node where the machine has none"
    files = sorted((ROOT / "tests" / "js").glob("*.test.js"))
    assert files
    done = subprocess.run(
        [program, "--no-warnings", "--test", "--test-reporter=spec", *files], cwd=ROOT, check=False, text=True,
        capture_output=True, timeout=MOST_SECONDS,
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout
    assert "pass 0" not in done.stdout
