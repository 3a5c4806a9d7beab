"""Settings of the one-command installation: secrets and ports made once, everything else by default.

The application reads its settings from environment variables only; what is already set there wins.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from competition.embedded import ports, seaweedfs, valkey
from devtools.setup import ROOT, SetupError

SECRETS = {
    "SECRET_KEY": 32, "VALKEY_PASSWORD": 24, "S3_ACCESS_KEY": 12, "S3_SECRET_KEY": 24, "FILER_KEY": 32,
}  # bytes of randomness


def data_dir() -> Path:
    return (ROOT / os.environ.get("DATA_DIR", ".data")).resolve()


def keys_in(data: Path) -> dict[str, str]:
    """The random secrets of this installation, made on first use and readable by their owner only."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = data / "secrets.json"
    if not file.exists():
        new_secrets = {name: secrets.token_hex(size) for name, size in SECRETS.items()}
        draft = data / "secrets.json.new"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(new_secrets, indent=2))
        draft.rename(file)
    stored: dict[str, str] = json.loads(file.read_text())
    return stored


def ports_in(data: Path, *, serving: bool) -> dict[str, int]:
    """Ports of the embedded servers: the same as last time, unless someone else has taken one since.

    Parameters
    ----------
    serving
        Whether our own servers hold them now, so that they may be in use.
    """
    file = data / "ports.json"
    chosen: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    if not serving:
        offsets_of = {"valkey": (0,), "seaweedfs": seaweedfs.PORT_OFFSETS}
        for name, offsets in offsets_of.items():
            if name not in chosen or not all(ports.is_free(chosen[name] + offset) for offset in offsets):
                chosen[name] = ports.free_port(offsets)
        file.write_text(json.dumps(chosen))
    return chosen


def s3_keys(keys: dict[str, str]) -> seaweedfs.Keys:
    return seaweedfs.Keys(keys["S3_ACCESS_KEY"], keys["S3_SECRET_KEY"], keys["FILER_KEY"])


def embedded(data: Path, *, serving: bool) -> dict[str, str]:
    """Every setting of the one-command installation, as environment variables.

    Raises
    ------
    SetupError
        When an outside S3 is named without its credentials.
    """
    if "S3_ENDPOINT_URL" in os.environ and not {"S3_ACCESS_KEY", "S3_SECRET_KEY"} <= os.environ.keys():
        raise SetupError("S3_ENDPOINT_URL is set: set S3_ACCESS_KEY and S3_SECRET_KEY as well.")
    keys, port_of = keys_in(data), ports_in(data, serving=serving)
    port = os.environ.get("PORT", "8000")
    defaults = {
        "OPENCALL_MODE": "embedded",
        "DEMO": "1",
        "SECRET_KEY": keys["SECRET_KEY"],
        "DATABASE_URL": f"sqlite:///{data / 'opencall.sqlite'}",
        "REDIS_URL": valkey.url(port_of["valkey"], keys["VALKEY_PASSWORD"]),
        "S3_ENDPOINT_URL": seaweedfs.url(port_of["seaweedfs"]),
        "S3_ACCESS_KEY": keys["S3_ACCESS_KEY"],
        "S3_SECRET_KEY": keys["S3_SECRET_KEY"],
        "S3_BUCKET": "opencall",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": port,
        "HOST": "127.0.0.1",
    }
    return {**defaults, **{name: os.environ[name] for name in defaults if name in os.environ}, "DATA_DIR": str(data)}


def refuse_open_demo(env: Mapping[str, str]) -> None:
    """Let a demo start only where nobody else reaches it.

    Raises
    ------
    SetupError
        When others than this machine would reach the demo.
    """
    from competition.config import LOOPBACK  # with pydantic, which most commands do without

    named = urlsplit(env["PUBLIC_URL"]).hostname
    if env["HOST"] not in LOOPBACK or named not in LOOPBACK:
        raise SetupError(
            f"HOST={env['HOST']} and PUBLIC_URL={env['PUBLIC_URL']} open the site to others, and the demo accounts "
            "have a public password. Start it without them: DEMO=0 ./run"
        )
