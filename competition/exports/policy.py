"""Who may export what: those who organize a programme, all of it and nothing else."""

from __future__ import annotations

from competition.exports.queries import organizer_export
from competition.kernel.web.access import Permission, grant
from competition.pilots.queries import organizer_programme_or_first

grant(Permission.EXPORT_READ, lambda _actor, _programme: True, load=organizer_programme_or_first)
grant(Permission.EXPORT, lambda _actor, _programme: True, load=organizer_programme_or_first)
grant(Permission.EXPORT_DOWNLOAD, lambda _actor, _export: True, load=organizer_export)
