"""Who may do what with results."""

from __future__ import annotations

from competition.calls.queries import organizer_call, organizer_programme
from competition.kernel.web.access import Permission, grant
from competition.results.queries import own_result

grant(Permission.RESULTS_READ, lambda _actor, _call: True, load=organizer_call)
grant(Permission.RESULTS_MANAGE, lambda _actor, _call: True, load=organizer_call)
grant(Permission.CALENDAR_READ, lambda _actor, _programme: True, load=organizer_programme)
grant(Permission.CALENDAR_MANAGE, lambda _actor, _programme: True, load=organizer_programme)
grant(Permission.RESULT_OWN, lambda _actor, _own: True, load=own_result)
