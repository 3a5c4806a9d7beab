"""Who may do what with pilots."""

from __future__ import annotations

from competition.calls.queries import programme_or_first
from competition.calls.roles import grant_by_role
from competition.kernel.web.access import Permission, grant
from competition.pilots.queries import organizer_pilot, team_pilot

grant_by_role(Permission.PILOT_BOARD, programme_or_first(Permission.PILOT_BOARD))
grant_by_role(Permission.PILOT_OVERSEE, organizer_pilot)
grant_by_role(Permission.PILOT_MANAGE, organizer_pilot)
grant(Permission.PILOT_READ, load=team_pilot)
grant(Permission.PILOT_REPORT, load=team_pilot)
