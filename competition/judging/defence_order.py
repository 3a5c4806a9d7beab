"""Orders drawn from a recorded seed: of entries at a defence, of a judge's queue.

Pure: the same seed and codes give one order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def drawn_order(seed: str, codes: Iterable[str]) -> list[str]:
    """Entry codes by the SHA-256 of ``seed + "/" + code`` in hexadecimal, smallest first.

    Whoever knows the seed can draw again with any program. Nobody can choose the order by choosing the codes: they
    were given before the seed was.
    """
    return sorted(codes, key=lambda code: hashlib.sha256(f"{seed}/{code}".encode()).hexdigest())
