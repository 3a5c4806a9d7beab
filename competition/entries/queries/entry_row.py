"""What the busiest pages read of an entry, and how a command holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, select

from competition.calls.models import Call
from competition.entries.call_window import CallWindow
from competition.entries.models import Entry, Membership
from competition.extensions import db


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with what decides about it in its call. ``draft`` is the text as it was saved last."""

    id: UUID
    code: str
    state: str
    version: int
    draft: dict[str, Any]
    call_id: UUID
    call_version: int
    call_state: str
    opens_at: datetime | None
    deadline_at: datetime | None
    grace_seconds: int
    resubmit: bool

    @property
    def window(self) -> CallWindow:
        """When the entry's call takes entries."""
        return CallWindow(self.call_state, self.opens_at, self.deadline_at, self.grace_seconds, self.resubmit)


def select_own(*columns: Any) -> Select[*tuple[Any, ...]]:
    """The columns of :class:`EntryRow`, and more, of the entry ``code`` of a team of ``user``."""
    return (
        select(
            Entry.id, Entry.code, Entry.state, Entry.version, Entry.draft, Entry.call_id,
            Call.version.label("call_version"), Call.state.label("call_state"), Call.opens_at, Call.deadline_at,
            Call.grace_seconds, Call.resubmit, *columns,
        )
        .join(Membership, Membership.team_id == Entry.team_id).join(Call, Call.id == Entry.call_id)
        .where(Membership.user_id == bindparam("user", type_=Uuid), Entry.code == bindparam("code"))
    )


_ENTRY = select(Entry.call_id).where(Entry.id == bindparam("entry", type_=Uuid)).with_for_update()
_CALL = select(Call.id).where(Call.id == bindparam("call", type_=Uuid)).with_for_update(read=True)


def hold_entry(entry_id: UUID) -> None:
    """Hold an entry until the end of the writing transaction, and its call as it is.

    So the commands on one entry come one after the other: no revision names a file that another request removes, no
    entry is withdrawn while it is submitted. A change of the call's dates waits as well. What was read of entry and
    call before may be over: read it again. SQLite lets in one writer at a time anyway.
    """
    if db.engine.dialect.name == "sqlite":
        return
    connection = db.session.connection()
    call_id = connection.scalar(_ENTRY, {"entry": entry_id})
    connection.scalar(_CALL, {"call": call_id})
