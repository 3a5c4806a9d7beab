"""The links to pages of exports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.calls.roles import holds_anywhere
from competition.kernel.web.access import Permission
from competition.kernel.web.navigation import PROGRAMME, RAIL, Link
from competition.pilots.places import EXPORTS

EXPORTS.fill("exports.index")
RAIL.add(Link("exports.index", _l("Exports"), 30, "download", ("exports",), holds_anywhere(Permission.EXPORT_READ)))
PROGRAMME.add(Link("exports.index", _l("Exports"), 30, shown=holds_anywhere(Permission.EXPORT_READ)))
