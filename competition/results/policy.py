"""Who may read and make the aggregation runs of a call."""

from __future__ import annotations

from competition.calls.queries import organizer_call
from competition.calls.roles import grant_by_role
from competition.kernel.web.access import Permission

grant_by_role(Permission.RESULTS_READ, organizer_call)
grant_by_role(Permission.RESULTS_MANAGE, organizer_call)
