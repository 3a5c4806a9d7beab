"""What the log records of teams and entries, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, Any] = {
    "entries.opened": _l("Entries opened"),
    "entry.read": _l("Entry read by an organizer"),
    "file.read": _l("File of an entry taken by an organizer"),
    "team.created": _l("Team created"),
    "team.changed": _l("Team’s details changed"),
    "team.invited": _l("Member invited to a team"),
    "team.joined": _l("Member joined a team"),
    "team.invitation_revoked": _l("Invitation to a team revoked"),
    "team.member_removed": _l("Member removed from a team"),
    "team.left": _l("Member left a team"),
    "team.lead_handed_over": _l("Lead of a team handed over"),
    "entry.started": _l("Entry started"),
    "entry.submitted": _l("Entry submitted"),
    "entry.refused": _l("Entry refused: it arrived after the deadline"),
    "entry.withdrawn": _l("Entry withdrawn"),
    "attachment.deleted": _l("File of an entry deleted"),
}
