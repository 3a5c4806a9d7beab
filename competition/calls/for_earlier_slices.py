"""What calls add to the kernel: who runs a programme, for the acts that need two of them."""

from __future__ import annotations

from competition.calls.queries.signatures import circle_of
from competition.kernel.signing import circles

circles(circle_of)
