"""One BLAS thread while fitting: the matrices are small, and busy cores make threads wait for each other."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Context in which every BLAS library loaded so far uses one thread (also makes sums reproducible)."""
    limit: AbstractContextManager[object] = _controller().limit(limits=1)
    return limit
