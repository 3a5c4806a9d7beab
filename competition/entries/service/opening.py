"""Opening the entries of a call, and logging who reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from competition.calls.models import Call
from competition.calls.service.edit_checks import locked
from competition.entries.models import EntryReading
from competition.entries.queries import organizer
from competition.entries.sealing import are_sealed, can_be_opened
from competition.kernel.data import audit
from competition.kernel.data.query import insert_once
from competition.kernel.errors import IllegalMove
from competition.kernel.text.i18n import moment
from competition.kernel.web.access import Actor

_reading: Any = EntryReading.__table__


def open_entries(*, call: Call, actor: Actor, now: datetime) -> None:
    """Open the entries of a call for those who run the programme. The log says who did it; nothing seals them again.

    Raises
    ------
    IllegalMove
        When they are open, or while an entry could still arrive or change.
    """
    locked(call)
    if not are_sealed(call):
        raise IllegalMove(_("The entries have been opened already."))
    if not can_be_opened(call, now):
        closes = moment(call.deadline_at, call.programme.zone) if call.deadline_at else _("the deadline")
        raise IllegalMove(_("Entries stay sealed until %(when)s and the grace after it.", when=closes))
    call.entries_opened_at, call.entries_opened_by = now, actor.id
    counts = organizer.counts(call.id)
    audit.record("entries.opened", chain=call.id, subject=call.code, actor_id=actor.id, now=now,
                 submitted=counts.submitted, drafts=counts.draft, withdrawn=counts.withdrawn)


def record_reading(*, call_id: UUID, subject: str, file: bool, actor: Actor, now: datetime) -> None:
    """Log that somebody who runs the programme reads an entry or takes a file; once per person, object and UTC day."""
    if actor.user_id is None:
        return
    day = now.astimezone(UTC).date()
    if insert_once(_reading, subject=subject, user_id=actor.user_id, day=day):
        audit.record("file.read" if file else "entry.read", chain=call_id, subject=subject, actor_id=actor.id, now=now)
