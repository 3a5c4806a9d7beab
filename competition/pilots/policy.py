"""Who may do what with selections and pilots."""

from __future__ import annotations

from competition.kernel.web.access import Permission, grant
from competition.pilots.queries import organizer_pilot, organizer_programme_or_first, team_pilot

grant(Permission.SELECTION_READ, load=organizer_programme_or_first)
grant(Permission.SELECTION_MANAGE, load=organizer_programme_or_first)
grant(Permission.PILOT_BOARD, load=organizer_programme_or_first)
grant(Permission.PILOT_OVERSEE, load=organizer_pilot)
grant(Permission.PILOT_MANAGE, load=organizer_pilot)
grant(Permission.PILOT_READ, load=team_pilot)
grant(Permission.PILOT_REPORT, load=team_pilot)
