"""Every extra that is asked for is pinned, and pip of Debian 12 installs the lists whatever was released since."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from devtools import check_requirements
from devtools.setup import ROOT

OLD_PIP = "23.0.1"
COPIED_FIELDS = ("Requires-Dist", "Provides-Extra", "Requires-Python")


@pytest.mark.parametrize("name", check_requirements.LISTS)
def test_the_lists_pin_every_extra(name: str) -> None:
    assert list(check_requirements.list_faults((ROOT / f"{name}.txt").read_text())) == []


def test_an_extra_that_is_not_pinned_is_a_fault() -> None:
    text = (ROOT / "requirements-dev.txt").read_text().replace("coverage[toml]==", "coverage==")
    (fault,) = check_requirements.list_faults(text)
    assert re.fullmatch(r"pytest-cov asks for coverage\[toml\]>=[\d.]+: pin coverage\[toml\]", fault)


def _wheel(folder: Path, name: str, version: str, fields: str = "") -> str:
    """Write an empty package with these fields; returns the digest of its file."""
    stem = f"{re.sub('[-_.]+', '_', name).lower()}-{version}"
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{fields}",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in files.items():
            wheel.writestr(f"{stem}.dist-info/{file}", content)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Every installed package, emptied, and a newer release of each; with the digests of the former."""
    folder, digests = tmp_path_factory.mktemp("index"), {}
    for package in metadata.distributions():
        name = check_requirements.canonicalize_name(package.name)
        fields = [f"{key}: {value}" for key in COPIED_FIELDS for value in package.metadata.get_all(key) or ()]
        digests[name] = _wheel(folder, name, package.version, "\n".join(fields))
        _wheel(folder, name, "9999")
    return folder, digests


def _install(index: tuple[Path, dict[str, str]], text: str, file: Path) -> subprocess.CompletedProcess[str]:
    """Let the old pip work out what it would install for a list, whose digests are those of the emptied packages."""
    folder, digests = index
    pinned = [line.rstrip(" \\") for line in text.splitlines() if check_requirements.PIN.match(line)]
    names = [check_requirements.canonicalize_name(re.split(r"[\[=]", line)[0]) for line in pinned]
    hashes = [digests.get(name, "0" * 64) for name in names]  # those not for this machine are passed over
    file.write_text("".join(f"{line} --hash=sha256:{digest}\n" for line, digest in zip(pinned, hashes, strict=True)))
    return subprocess.run(
        [sys.executable, "-m", "pip", "--isolated", "install", "--quiet", "--disable-pip-version-check", "--dry-run",
         "--ignore-installed", "--no-index", "--find-links", folder, "--require-hashes", "-r", file],
        check=False, capture_output=True, text=True, env={**os.environ, "PIP_CONFIG_FILE": os.devnull},
    )


needs_old_pip = pytest.mark.skipif(sys.version_info >= (3, 12), reason=f"pip {OLD_PIP} does not run on Python 3.12")


@needs_old_pip
@pytest.mark.parametrize("name", check_requirements.LISTS)
def test_an_old_pip_installs_the_lists_though_everything_has_a_newer_release(
    index: tuple[Path, dict[str, str]], name: str, tmp_path: Path
) -> None:
    assert metadata.version("pip") == OLD_PIP
    installation = _install(index, (ROOT / f"{name}.txt").read_text(), tmp_path / "list.txt")
    assert (installation.returncode, installation.stderr) == (0, "")


@needs_old_pip
def test_an_old_pip_fails_when_an_extra_is_not_pinned(index: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    text = (ROOT / "requirements-dev.txt").read_text().replace("coverage[toml]==", "coverage==")
    installation = _install(index, text, tmp_path / "list.txt")
    assert installation.returncode == 1
    assert "all requirements must have their versions pinned with ==" in installation.stderr
    assert "coverage[toml]" in installation.stderr
