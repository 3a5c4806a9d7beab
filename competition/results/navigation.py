"""The links to pages of results."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.calls.tabs import Tab, add_tabs
from competition.judging.places import STAGE_RESULTS
from competition.kernel.web.navigation import RAIL

STAGE_RESULTS.fill("results_organizer.show")
RAIL.put_behind("calls_organizer.index", "results_organizer")
add_tabs(Tab("results_organizer.show", _l("Results"), 80))
