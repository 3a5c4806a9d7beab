"""Who may select, read a team's own result, and set the calendar of working days."""

from __future__ import annotations

from competition.calls.queries import organizer_programme, organizer_programme_or_first
from competition.decisions.queries.own_result import own_result
from competition.kernel.web.access import Permission, grant

grant(Permission.SELECTION_READ, load=organizer_programme_or_first)
grant(Permission.SELECTION_MANAGE, load=organizer_programme_or_first)
grant(Permission.CALENDAR_READ, load=organizer_programme)
grant(Permission.CALENDAR_MANAGE, load=organizer_programme)
grant(Permission.RESULT_OWN, load=own_result)
