"""The links to pages of pilots."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.calls.places import PILOTS
from competition.calls.roles import holds_anywhere
from competition.decisions.places import BOARD
from competition.entries.places import OWN_PILOTS
from competition.kernel.web.access import Permission
from competition.kernel.web.navigation import PROGRAMME, RAIL, SITE, Link

PILOTS.fill("pilots_public.index")
OWN_PILOTS.fill("pilots_team.index")
BOARD.fill("pilots_organizer.index")
SITE.add(Link("pilots_public.index", _l("Pilots"), 30, sections=("pilots_public",)))
RAIL.add(Link(
    "pilots_organizer.index", _l("Pilots"), 20, "pilot", ("pilots_organizer", "selection"),
    holds_anywhere(Permission.PILOT_BOARD),
))
RAIL.put_behind("entries_team.index", "pilots_team")
PROGRAMME.add(Link("pilots_organizer.index", _l("Pilots"), 20, shown=holds_anywhere(Permission.PILOT_BOARD)))
