"""Who may do what with results."""

from __future__ import annotations

from competition.calls.queries import organizer_call, organizer_programme
from competition.kernel.web.access import Permission, grant
from competition.results.queries import own_result

grant(Permission.RESULTS_READ, load=organizer_call)
grant(Permission.RESULTS_MANAGE, load=organizer_call)
grant(Permission.CALENDAR_READ, load=organizer_programme)
grant(Permission.CALENDAR_MANAGE, load=organizer_programme)
grant(Permission.RESULT_OWN, load=own_result)
