"""What every edit of a programme or a call checks: the row's lock, the version that was seen, the code."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls.models import Call
from competition.extensions import db
from competition.kernel.errors import RuleBroken, StaleVersion

CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,28}[A-Z0-9])?")


def locked(call: Call) -> Call:
    """Lock the call's row until the end of the transaction and refresh it; then versions can be compared."""
    db.session.execute(select(Call.id).where(Call.id == call.id).with_for_update())
    db.session.refresh(call)  # not locked itself: it may join the programme, which FOR UPDATE refuses
    return call


def check_version(call: Any, seen: int, *, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Refuse a write that was made from an older version.

    Raises
    ------
    StaleVersion
        With both texts, so that a person can choose.
    """
    if seen != call.version:
        raise StaleVersion(_("Somebody saved this in the meantime."), mine=mine, theirs=theirs, version=call.version)


def check_code(code: str) -> str:
    """The code as it is stored: capitals, digits and hyphens, at most 30.

    Raises
    ------
    RuleBroken
        Beside the field ``code``.
    """
    normal = code.strip().upper()
    if not CODE.fullmatch(normal):
        raise RuleBroken(
            _("Use capital letters, digits and hyphens, at most 30, such as XSG-01. It becomes part of the address."),
            field="code",
        )
    return normal
