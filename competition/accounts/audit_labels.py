"""What the log records of accounts, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, Any] = {
    "account.created": _l("Account created"),
    "account.signed_up_again": _l("Signed up again before the address was confirmed"),
    "account.confirmed": _l("E-mail address confirmed"),
    "account.password_reset": _l("Password reset by mail"),
    "account.password_changed": _l("Password changed"),
    "account.operator_granted": _l("Made an operator of the platform"),
    "account.operator_revoked": _l("No operator of the platform any more"),
    "account.locked": _l("Account locked"),
    "account.unlocked": _l("Account opened again"),
    "account.second_factor_set": _l("Second factor set up"),
    "account.second_factor_removed": _l("Second factor removed"),
    "account.second_factor_reset": _l("Second factor reset by somebody else"),
    "account.recovery_codes_made": _l("New recovery codes made"),
}
