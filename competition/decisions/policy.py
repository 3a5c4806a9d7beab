"""Who may select, read a team's own result, and set the calendar of working days."""

from __future__ import annotations

from competition.calls.queries import organizer_programme, programme_or_first
from competition.calls.roles import grant_by_role
from competition.decisions.queries.own_result import own_result
from competition.kernel.web.access import Permission, grant

grant_by_role(Permission.SELECTION_READ, programme_or_first(Permission.SELECTION_READ))
grant_by_role(Permission.SELECTION_MANAGE, programme_or_first(Permission.SELECTION_MANAGE))
grant_by_role(Permission.CALENDAR_READ, organizer_programme)
grant_by_role(Permission.CALENDAR_MANAGE, organizer_programme)
grant(Permission.RESULT_OWN, load=own_result)
