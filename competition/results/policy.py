"""Who may read and make the aggregation runs of a call."""

from __future__ import annotations

from competition.calls.queries import organizer_call
from competition.kernel.web.access import Permission, grant

grant(Permission.RESULTS_READ, load=organizer_call)
grant(Permission.RESULTS_MANAGE, load=organizer_call)
