"""The links to pages of calls."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.calls.roles import holds_anywhere
from competition.calls.tabs import Tab, add_tabs
from competition.kernel.web.access import Permission
from competition.kernel.web.navigation import PROGRAMME, RAIL, SITE, WORK, Link, organizes
from competition.kernel.web.places import HOME, SIGNATURES

HOME.fill("calls_public.home")
SIGNATURES.fill("calls_organizer.signatures_page")
SITE.add(Link("calls_public.index", _l("Calls"), 10, sections=("calls_public", "calls_organizer")))
WORK.add(Link("calls_organizer.index", _l("Organize"), 10, shown=organizes))
RAIL.add(
    Link("calls_organizer.index", _l("Calls"), 10, "calls", ("calls_organizer",), organizes),
    Link("calls_public.index", _l("Open calls"), 60, "calls", ("calls_public",), lambda actor: not actor.is_organizer),
)
PROGRAMME.add(
    Link("calls_organizer.roles", _l("People and roles"), 4),
    Link("calls_organizer.signatures_page", _l("Signatures"), 5, shown=holds_anywhere(Permission.SIGNATURE_READ)),
)
RAIL.add(Link("operator.index", _l("Accounts"), 75, "shield", ("operator",), lambda actor: actor.is_operator))
add_tabs(Tab("calls_organizer.show", _l("Overview"), 10), Tab("audit.index", _l("Audit trail"), 100))
