"""The links to pages of people's accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.kernel.web.navigation import RAIL, Link
from competition.kernel.web.places import PROFILE, SECOND_FACTOR, SIGN_IN, SIGN_OUT

SIGN_IN.fill("accounts.sign_in")
SECOND_FACTOR.fill("accounts.second_factor")
SIGN_OUT.fill("accounts.sign_out")
PROFILE.fill("accounts.profile")
RAIL.add(Link("accounts.profile", _l("Profile"), 80, "user", ("accounts",)))
