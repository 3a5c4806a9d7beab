"""Places on the results pages that later slices fill."""

from __future__ import annotations

from competition.kernel.web.places import Place

SELECTION = Place("selection", "select the pilots of a programme")  # takes programme_code
DECISIONS = Place("decisions", "the decisions on the entries of a call")  # takes call_code
