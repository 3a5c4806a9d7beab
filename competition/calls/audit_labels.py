"""What the log records of programmes and calls, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, Any] = {
    "programme.created": _l("Programme created"),
    "programme.changed": _l("Programme changed"),
    "role.given": _l("Role given"),
    "role.invited": _l("Role offered by mail"),
    "role.accepted": _l("Role accepted"),
    "role.declined": _l("Role declined"),
    "role.invitation_revoked": _l("Offer of a role revoked"),
    "role.changed": _l("Role changed"),
    "role.removed": _l("Role taken away"),
    "call.created": _l("Call created"),
    "call.copied": _l("Call copied from another"),
    "call.edited": _l("Draft edited"),
    "call.amended": _l("Published call amended"),
    "call.published": _l("Call published"),
    "call.cancelled": _l("Call cancelled"),
    "call.judging_started": _l("Judging started"),
    "signature.proposed": _l("Step proposed that a second person has to sign"),
    "signature.signed": _l("Signed by a second person"),
    "signature.withdrawn": _l("Proposal withdrawn or turned down"),
    "signature.expired": _l("Proposal not signed in time"),
    "signature.void": _l("Proposal void: something changed before it was signed"),
    "document.added": _l("Document added"),
    "document.checked": _l("Document checked"),
    "document.rejected": _l("Document rejected"),
    "document.removed": _l("Document removed"),
    "document.abandoned": _l("Document given up before it was complete"),
}
