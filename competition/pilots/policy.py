"""Who may do what with selections and pilots."""

from __future__ import annotations

from competition.kernel.web.access import Permission, grant
from competition.pilots.queries import organizer_pilot, organizer_programme_or_first, team_pilot

grant(Permission.SELECTION_READ, lambda _actor, _programme: True, load=organizer_programme_or_first)
grant(Permission.SELECTION_MANAGE, lambda _actor, _programme: True, load=organizer_programme_or_first)
grant(Permission.PILOT_BOARD, lambda _actor, _programme: True, load=organizer_programme_or_first)
grant(Permission.PILOT_OVERSEE, lambda _actor, _pilot: True, load=organizer_pilot)
grant(Permission.PILOT_MANAGE, lambda _actor, _pilot: True, load=organizer_pilot)
grant(Permission.PILOT_READ, lambda _actor, _pilot: True, load=team_pilot)
grant(Permission.PILOT_REPORT, lambda _actor, _pilot: True, load=team_pilot)
