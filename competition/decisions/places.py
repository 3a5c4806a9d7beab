"""Places on the pages of decisions that later slices fill."""

from __future__ import annotations

from competition.kernel.web.places import Place

BOARD = Place("board", "the pilots of a programme")  # takes programme_code
