"""What a submission is decided by, read in one query and held until it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, select

from competition.calls.models import Call
from competition.entries import fields
from competition.entries.lifecycle import in_time
from competition.entries.models import Entry, Membership, Revision, Team
from competition.extensions import db
from competition.kernel.data.query import Query
from competition.kernel.web.access import Actor


@dataclass(frozen=True, slots=True)
class Sending:
    """An entry at the moment of its submission, with its call's dates, its last revision and its team's profile."""

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
    number: int | None
    digest: str | None
    name: str
    native_name: str
    org_type: str
    registration_number: str
    country: str
    signatory: str
    contact: str

    @property
    def profile(self) -> dict[str, str]:
        """The team's profile, by the keys of :data:`fields.PROFILE`."""
        return {key: getattr(self, key) for key in fields.PROFILE}

    def receives(self, at: datetime) -> bool:
        """As :func:`competition.entries.lifecycle.receives`."""
        return in_time(self.call_state, self.opens_at, self.deadline_at, self.grace_seconds, at)


def _mine(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns).select_from(Entry).join(Membership, Membership.team_id == Entry.team_id)
        .where(Membership.user_id == bindparam("user", type_=Uuid), Entry.code == bindparam("code"))
    )


def _statement() -> Select[*tuple[Any, ...]]:
    return (
        _mine(
            Entry.id, Entry.code, Entry.state, Entry.version, Entry.draft, Entry.call_id,
            Call.version.label("call_version"), Call.state.label("call_state"), Call.opens_at, Call.deadline_at,
            Call.grace_seconds, Call.resubmit, Revision.number, Revision.digest,
            *(getattr(Team, name) for name in fields.PROFILE),
        )
        .join(Team, Team.id == Entry.team_id).join(Call, Call.id == Entry.call_id)
        .outerjoin(Revision, Revision.id == Entry.revision_id)
    )


_SENDING = Query(_statement, Sending)
_HOLD_ENTRY = _mine(Entry.call_id).with_for_update(of=Entry)
_HOLD_CALL = select(Call.id).where(Call.id == bindparam("call")).with_for_update(read=True)


def to_send(actor: Actor, entry_code: str) -> Sending | None:
    """The entry, for the members of its team, in the present writing transaction.

    Its row is held, so that no other submission, withdrawal or removed file comes in between; and its call's row
    stands still, so that moving a deadline waits. SQLite lets in one writer at a time anyway.
    """
    if db.engine.dialect.name != "sqlite":
        connection = db.session.connection()
        call_id = connection.scalar(_HOLD_ENTRY, {"user": actor.user_id, "code": entry_code})
        if call_id is None:
            return None
        connection.scalar(_HOLD_CALL, {"call": call_id})
    return _SENDING.first(user=actor.user_id, code=entry_code)
