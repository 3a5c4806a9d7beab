"""Places on a team's pages that later slices fill."""

from __future__ import annotations

from competition.kernel.web.places import Place

OWN_RESULT = Place("own_result", "the result of an entry, for its team")  # takes entry_code
LATE_FILES = Place("late_files", "the files that a team adds after the deadline")  # takes entry_code
OWN_PILOTS = Place("own_pilots", "the pilots of one's teams")
