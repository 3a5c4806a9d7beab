"""What a submission is decided by, in one query, held until it is decided."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Uuid, bindparam, select

from competition.entries import fields
from competition.entries.models import Entry, Membership, Revision, Team
from competition.entries.queries.entry_row import EntryRow, hold_entry, select_own
from competition.extensions import db
from competition.kernel.data.query import Query
from competition.kernel.web.access import Actor


@dataclass(frozen=True, slots=True)
class EntryToSubmit(EntryRow):
    """An entry at its submission, with number and digest of its last revision and its team's profile."""

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


_ENTRY_ID = (
    select(Entry.id).join(Membership, Membership.team_id == Entry.team_id)
    .where(Membership.user_id == bindparam("user", type_=Uuid), Entry.code == bindparam("code"))
)
_ENTRY = Query(
    lambda: (
        select_own(Revision.number, Revision.digest, *(getattr(Team, name) for name in fields.PROFILE))
        .join(Team, Team.id == Entry.team_id).outerjoin(Revision, Revision.id == Entry.revision_id)
    ),
    EntryToSubmit,
)


def entry_to_submit(actor: Actor, entry_code: str) -> EntryToSubmit | None:
    """The entry, for the members of its team, held in the present writing transaction."""
    names = {"user": actor.user_id, "code": entry_code}
    entry_id = db.session.connection().scalar(_ENTRY_ID, names)
    if entry_id is None:
        return None
    hold_entry(entry_id)
    return _ENTRY.first(**names)
