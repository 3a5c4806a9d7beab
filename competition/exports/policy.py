"""Who may export what: those who organize a programme, all of it and nothing else."""

from __future__ import annotations

from competition.calls.queries import organizer_programme_or_first
from competition.exports.queries import organizer_export
from competition.kernel.web.access import Permission, grant

grant(Permission.EXPORT_READ, load=organizer_programme_or_first)
grant(Permission.EXPORT, load=organizer_programme_or_first)
grant(Permission.EXPORT_DOWNLOAD, load=organizer_export)
