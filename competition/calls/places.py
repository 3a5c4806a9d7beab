"""Places on the pages of calls that later slices fill; each takes ``call_code`` unless it is a list."""

from __future__ import annotations

from competition.kernel.web.places import Place

ENTER = Place("enter", "begin an entry in an open call")
RESULT = Place("result", "the public result of a call")
RESULTS = Place("results", "the list of public results")
PILOTS = Place("pilots", "the list of public pilots")
PANEL = Place("panel", "the panel of a call whose judging has begun")
COMPLETION = Place("completion", "complete a call")
ENTRIES = Place("call_entries", "the entries of a call, for its organizers")  # takes call_code
