"""What a process loads before it is asked for anything: half of a start is imports."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from devtools.setup import ROOT

COMPUTING = {"alembic", "boto3", "numpy", "ortools", "pikepdf", "puremagic", "scipy", "typst", "xlsxwriter"}
SETTINGS = {
    "OPENCALL_MODE": "test", "SECRET_KEY": "0123456789abcdef" * 2, "DATABASE_URL": "sqlite:///unused.sqlite",
    "REDIS_URL": "redis://127.0.0.1:1", "S3_ENDPOINT_URL": "http://127.0.0.1:1", "S3_ACCESS_KEY": "a",
    "S3_SECRET_KEY": "s",
}


@pytest.mark.parametrize(("module", "without"), [
    ("wsgi", COMPUTING),
    ("competition.__main__", COMPUTING),
    ("devtools.commands", {*COMPUTING, "flask", "sqlalchemy", "pydantic", "competition.application"}),
    ("competition.embedded.seaweedfs", {"flask", "sqlalchemy", "pydantic", "competition.application"}),
])
def test_nothing_is_loaded_that_is_not_used(module: str, without: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"], cwd=ROOT, check=True,
        env={**os.environ, **SETTINGS}, capture_output=True, text=True,
    )
    assert set(done.stdout.split()) & without == set()
