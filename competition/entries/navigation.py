"""The links to pages of entries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.calls.places import ENTER, ENTRIES
from competition.calls.tabs import Tab, add_tabs
from competition.kernel.web.navigation import RAIL, WORK, Link

ENTER.fill("entries_team.start")
ENTRIES.fill("entries_organizer.index")
WORK.add(Link("entries_team.index", _l("My entries"), 30, shown=lambda actor: actor.is_team))
RAIL.add(Link("entries_team.index", _l("My entries"), 50, "entry", ("entries_team",), lambda actor: actor.is_team))
RAIL.put_behind("calls_organizer.index", "entries_organizer")
add_tabs(Tab("entries_organizer.index", _l("Entries"), 20))
