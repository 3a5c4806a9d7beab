"""Free TCP ports on the loopback interface."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(offsets: Sequence[int] = (0,)) -> int:
    """A port which is free together with those at the given distances above it.

    Below 22,000, so that neither it nor a companion 10,000 above lies where Linux takes the ports of
    outgoing connections from (32,768 and up).
    """
    while True:
        port = random.randrange(11_000, 22_000)
        if all(is_free(port + offset) for offset in offsets):
            return port
