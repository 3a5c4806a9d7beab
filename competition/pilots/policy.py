"""Who may do what with pilots."""

from __future__ import annotations

from competition.calls.queries import organizer_programme_or_first
from competition.kernel.web.access import Permission, grant
from competition.pilots.queries import organizer_pilot, team_pilot

grant(Permission.PILOT_BOARD, load=organizer_programme_or_first)
grant(Permission.PILOT_OVERSEE, load=organizer_pilot)
grant(Permission.PILOT_MANAGE, load=organizer_pilot)
grant(Permission.PILOT_READ, load=team_pilot)
grant(Permission.PILOT_REPORT, load=team_pilot)
