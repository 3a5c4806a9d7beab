"""Places on the pages of judging that later slices fill."""

from __future__ import annotations

from competition.kernel.web.places import Place

ADVANCE = Place("advance", "which entries go on from a stage")  # takes call_code, position
STAGE_RESULTS = Place("stage_results", "the results of a stage")  # takes call_code, stage
