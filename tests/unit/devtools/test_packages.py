"""uv is given the index, certificates and proxy that the machine's pip is set to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devtools import packages
from devtools.setup import TOOLS

CONFIG = """\
[global]
index-url = https://mirror.example/simple
extra-index-url =
    https://one.example/simple
    https://two.example/simple
cert = /company.pem
timeout = 10
[install]
timeout = 90
no-index = true
[download]
cert = /nowhere.pem
"""


@pytest.fixture(autouse=True)
def plain_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of pip, uv or certificates but those of a test."""
    names = {variable for variable, _separator in packages.UV_VARIABLES.values()}
    for name in (*names, "SSL_CERT_DIR", "XDG_CACHE_HOME", "REQUESTS_CA_BUNDLE", "PIP_CERT", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the tests' own pip does not run on Python 3.12")
def test_files_and_environment_of_pip_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text(CONFIG)
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    settings = packages.pip_settings([sys.executable, "-m", "pip"])
    assert (settings["index-url"], settings["timeout"]) == ("https://other.example/simple", "90")
    assert (settings["no-index"], settings["cert"]) == ("true", "/company.pem")
    assert settings["extra-index-url"].split() == ["https://one.example/simple", "https://two.example/simple"]


def test_certificates_named_for_pip_by_another_variable_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/company.pem")
    assert packages.pip_settings(["true"]) == {"cert": "/company.pem"}


def test_without_pip_there_are_no_settings() -> None:
    assert packages.pip_settings(None) == {}


def test_several_values_are_put_as_uv_reads_them() -> None:
    env = packages.uv_environment({
        "index-url": "https://mirror.example/simple", "extra-index-url": "\nhttps://one.example\nhttps://two.example",
        "find-links": "/wheels /more", "trusted-host": "one.example two.example:8080", "cert": "/company.pem",
    })
    assert env["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert env["UV_INDEX"] == "https://one.example https://two.example"
    assert env["UV_FIND_LINKS"] == "/wheels,/more"
    assert env["UV_INSECURE_HOST"] == "one.example two.example:8080"
    assert env["SSL_CERT_FILE"] == "/company.pem"
    assert "UV_SYSTEM_CERTS" not in env


def test_the_environment_wins_over_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")
    env = packages.uv_environment({"index-url": "https://mirror.example/simple"})
    assert env["UV_DEFAULT_INDEX"] == "https://uv.example/simple"


@pytest.mark.parametrize("stored", [True, False])
def test_the_certificates_of_the_machine_count_where_it_has_any(monkeypatch: pytest.MonkeyPatch, stored: bool) -> None:
    monkeypatch.setattr(packages, "_has_certificates", lambda: stored)
    assert packages.uv_environment({}).get("UV_SYSTEM_CERTS") == ("true" if stored else None)


def test_an_account_without_a_home_keeps_the_cache_in_the_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "UV_CACHE_DIR" not in packages.uv_environment({})
    monkeypatch.setattr("os.access", lambda _path, mode: mode == 0)
    assert packages.uv_environment({})["UV_CACHE_DIR"] == str(TOOLS / "uv-cache")


def test_the_environment_is_made_from_the_installed_python() -> None:
    python = Path(packages.installed_python())
    assert (python.name, python.is_relative_to(sys.base_prefix)) == (f"python3.{sys.version_info.minor}", True)


def test_all_packages_are_installed_anew_after_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[bool, bool]] = []

    def uv(*arguments: str | Path, advice: str) -> None:
        calls.append(("--reinstall" in arguments, (tmp_path / "list.installing").exists()))
        if len(calls) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(packages, "uv", uv)
    monkeypatch.setattr(packages, "VENV", tmp_path)
    with pytest.raises(KeyboardInterrupt):
        packages.install(tmp_path / "list.txt")
    packages.install(tmp_path / "list.txt")
    packages.install(tmp_path / "list.txt")
    assert calls == [(False, True), (True, True), (False, True)]
    assert not (tmp_path / "list.installing").exists()
