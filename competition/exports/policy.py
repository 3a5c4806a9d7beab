"""Who may export what: those who organize a programme, all of it and nothing else."""

from __future__ import annotations

from competition.calls.queries import programme_or_first
from competition.calls.roles import grant_by_role
from competition.exports.queries import organizer_export
from competition.kernel.web.access import Permission

grant_by_role(Permission.EXPORT_READ, programme_or_first(Permission.EXPORT_READ))
grant_by_role(Permission.EXPORT, programme_or_first(Permission.EXPORT))
grant_by_role(Permission.EXPORT_DOWNLOAD, organizer_export)
