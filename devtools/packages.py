"""Python packages: a pinned uv, fetched by the machine's pip, makes ``.venv`` and installs the hashed lists.

Runs on a bare Python 3.11 with pip of any version, without root, ``venv`` or ``ensurepip``.
"""

from __future__ import annotations

import ast
import os
import shutil
import ssl
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from devtools.progress import Progress
from devtools.setup import PYTHON, ROOT, TOOLS, VENV, SetupError, Stamp, digest, quietly

UV_FOLDER = TOOLS / "uv"
UV = UV_FOLDER / "bin" / "uv"
UV_LIST = ROOT / "devtools" / "requirements-uv.txt"
LOCKED_LISTS = ("requirements", "requirements-dev", "devtools/requirements-node", "devtools/requirements-uv")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")  # every pin has a wheel there
# pip's options, the variables by which uv takes the same, and what uv puts between several values.
UV_VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
}


def install_all(progress: Progress, lists: Iterable[str]) -> None:
    """``.venv`` with the packages of the hashed requirement lists; what is there already is left alone."""
    check = "import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix)"
    usable = PYTHON.exists() and subprocess.run([PYTHON, "-c", check], check=False).returncode == 0
    progress.run("Making a Python environment", make_environment, needed=not usable)
    for name in lists:
        file = ROOT / f"{name}.txt"
        version = subprocess.run([PYTHON, "-V"], capture_output=True, text=True, check=True).stdout
        stamp = Stamp(VENV / f"{name}.stamp", digest([file], version))
        label = "Installing Python packages" + (" for tests" if "dev" in name else "")
        progress.run(label, stamp.after(partial(install, file)), needed=stamp.stale)


def make_environment() -> None:
    uv("venv", "--clear", "--no-project", "--python", installed_python(), VENV, advice="Is the disk full?")


def install(file: Path) -> None:
    """Install a hashed list; all of it anew after an interrupted installation, which may have left half a package."""
    interrupted = VENV / f"{file.stem}.installing"
    again = ["--reinstall"] if interrupted.exists() else []
    interrupted.touch()
    uv(
        "pip", "install", "--python", PYTHON, "--require-hashes", "--only-binary", ":all:", "--compile-bytecode",
        *again, "-r", file,
        advice="Is a package index reachable? Wheels exist for Linux (x86_64, aarch64) and macOS 15 on ARM.",
    )
    interrupted.unlink()


def lock() -> None:
    """Compile the requirement lists for every platform, from Python 3.11 on, without naming any index.

    Extras stay in the pins: to older pips ``coverage==7.17`` does not pin ``coverage[toml]``, which a package asks for.
    """
    for name in LOCKED_LISTS:
        uv(
            "pip", "compile", "--universal", "--fork-strategy", "fewest", "--python-version", "3.11",
            "--no-strip-extras", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links",
            f"{name}.in", "-o", f"{name}.txt",
            advice="Which requirement cannot be met?",
        )
        for platform in PLATFORMS:
            uv(
                "pip", "install", "--dry-run", "--target", TOOLS / "dry-run", "--python-platform", platform,
                "--python-version", "3.11", "--require-hashes", "--only-binary", ":all:", "-r", f"{name}.txt",
                advice=f"Every pin needs a wheel for {platform}.",
            )


def uv(*arguments: str | Path, advice: str) -> None:
    """Run the pinned uv, fetched first where it is missing, with the index and certificates that pip is set to.

    Raises
    ------
    SetupError
        When it fails, or when there is no pip to fetch it.
    """
    pip = machine_pip()
    fetched = Stamp(TOOLS / "uv.stamp", digest([UV_LIST], sysconfig.get_platform()))
    if fetched.stale:
        fetched.after(partial(fetch_uv, pip))()
    settings = pip_settings(pip)
    if settings.get("no-index", "").lower() in {"1", "y", "yes", "t", "true", "on"}:
        arguments = (*arguments, "--no-index")
    quietly([UV, "--quiet", *arguments], env=uv_environment(settings), advice=advice)


def fetch_uv(pip: list[str] | None) -> None:
    """By pip, else by a uv that is here already."""
    other = UV if UV.exists() else shutil.which("uv")
    if pip:
        command = [*pip, "install", "--disable-pip-version-check", "--no-user"]
    elif other:
        command = [str(other), "pip", "install", "--python", sys.executable]
    else:
        raise SetupError(
            f"{sys.executable} has no pip. Install it, for example: sudo apt install python3-pip (or put uv on PATH)"
        )
    quietly(
        [*command, "--quiet", "--target", UV_FOLDER, "--upgrade", "--require-hashes", "--only-binary", ":all:",
         "-r", UV_LIST],
        env={**uv_environment(pip_settings(pip)), "PIP_REQUIRE_VIRTUALENV": "0"},
        advice="uv could not be fetched: is a package index reachable?",
    )


def machine_pip() -> list[str] | None:
    """The command of this machine's pip: that of the installed Python, else of the environment that runs us."""
    for python in (installed_python(), sys.executable):
        command = [python, "-m", "pip"]
        if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0:
            return command
    return None


def installed_python() -> str:
    """The interpreter that runs us, outside of any virtual environment (of which ours may be half made)."""
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return str(python) if python.exists() else sys.executable


def pip_settings(pip: list[str] | None) -> dict[str, str]:
    """pip's options as its files and ``PIP_*`` set them; those for ``install`` and the environment come last."""
    if pip is None:
        return {}
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False).stdout
    settings = {"cert": os.environ.get("REQUESTS_CA_BUNDLE", "")}
    for section in ("global.", "install.", ":env:."):
        for line in listed.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(section):
                settings[key.removeprefix(section)] = str(ast.literal_eval(value))
    return settings


def uv_environment(settings: dict[str, str]) -> dict[str, str]:
    """The variables that make uv do what pip would; a variable that is set already wins.

    Parameters
    ----------
    settings
        pip's options and their values.
    """
    env = {
        # Every file's hash is known, so that it does not matter which index delivers it.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_CUSTOM_COMPILE_COMMAND": "./run lock",
        "MACOSX_DEPLOYMENT_TARGET": "15.0",  # what --python-platform means by macOS; pikepdf has no older wheels
    }
    for option, (variable, separator) in UV_VARIABLES.items():
        if settings.get(option):
            env[variable] = separator.join(settings[option].split())
    if not {"SSL_CERT_FILE", "SSL_CERT_DIR"} & {*env, *os.environ} and _has_certificates():
        env["UV_SYSTEM_CERTS"] = "true"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME", "/")) / ".cache", "uv")
    if not os.access(next(path for path in (cache, *cache.parents) if os.access(path, os.F_OK)), os.W_OK):
        env["UV_CACHE_DIR"] = str(TOOLS / "uv-cache")  # an account without a home, as services have
    return {**env, **{name: os.environ[name] for name in env if name in os.environ}}


def _has_certificates() -> bool:
    """Whether the machine has a store of certificates; uv brings one along, without a company's own."""
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or bool(paths.capath and any(Path(paths.capath).iterdir()))
