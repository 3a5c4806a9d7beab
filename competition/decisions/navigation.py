"""The links to pages of decisions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.calls.places import COMPLETION, RESULT, RESULTS
from competition.calls.roles import holds_anywhere
from competition.calls.tabs import Tab, add_tabs
from competition.entries.places import OWN_RESULT
from competition.judging.places import ADVANCE
from competition.kernel.web.access import Permission
from competition.kernel.web.navigation import PROGRAMME, RAIL, SITE, Link
from competition.results.places import DECISIONS, SELECTION

RESULT.fill("decisions_public.show")
RESULTS.fill("decisions_public.index")
COMPLETION.fill("decisions_organizer.complete")
OWN_RESULT.fill("decisions_team.show")
SELECTION.fill("decisions_organizer.selection")
ADVANCE.fill("decisions_organizer.advance")
DECISIONS.fill("decisions_organizer.index")
SITE.add(Link("decisions_public.index", _l("Results"), 20, sections=("decisions_public",)))
RAIL.add(Link("decisions_public.index", _l("Results"), 70, "results", ("decisions_public",)))
RAIL.put_behind("calls_organizer.index", "decisions_organizer")
PROGRAMME.add(
    Link("decisions_organizer.selection", _l("Select pilots"), 10, shown=holds_anywhere(Permission.SELECTION_READ)),
)
add_tabs(Tab("decisions_organizer.index", _l("Decisions"), 90))
