"""The links to pages of exports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.kernel.web.navigation import PROGRAMME, RAIL, Link
from competition.pilots.places import EXPORTS

EXPORTS.fill("exports.index")
RAIL.add(Link("exports.index", _l("Exports"), 30, "download", ("exports",), lambda actor: actor.is_organizer))
PROGRAMME.add(Link("exports.index", _l("Exports"), 30))
