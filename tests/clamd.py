"""A small clamd: the ``zINSTREAM`` command of clamd(8), a limit on streams, and one signature, EICAR's."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# The test file of all scanners (eicar.org), in two pieces, so that no scanner takes this file for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.ThreadingUnixStreamServer):
    """Remembers what it was sent; ``say`` answers every stream instead, ``limit`` is StreamMaxLength in bytes."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _Line)
        self.address, self.limit, self.say, self.streams = str(path), 2**20, b"", list[bytes]()


class ClamdByNetwork(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.address, self.limit, self.say, self.streams = (
            f"127.0.0.1:{self.server_address[1]}", 2**20, b"", list[bytes]())


class _Line(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        stream = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            stream += self.rfile.read(length)
            if len(stream) > self.server.limit:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                self.connection.shutdown(socket.SHUT_WR)
                while self.rfile.read(2**16):  # a line closed on unread bytes may lose the answer
                    pass
                return
        self.server.streams.append(stream)
        verdict = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in stream else b"stream: OK\0"
        self.wfile.write(self.server.say or verdict)


@contextmanager
def clamd(path: Path | None) -> Iterator[Clamd | ClamdByNetwork]:
    """A scanner at a Unix socket, or at a port of this machine."""
    with (Clamd(path) if path else ClamdByNetwork()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
