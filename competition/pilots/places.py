"""Places on the pages of pilots that later slices fill."""

from __future__ import annotations

from competition.kernel.web.places import Place

EXPORTS = Place("exports", "the exports of a programme")  # takes programme_code
