"""Loaders: an object named in a URL, for this person only, in one query each."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, exists, or_, select
from sqlalchemy.orm import contains_eager, defer, joinedload

from competition.calls.lifecycle import PUBLIC_STATES
from competition.calls.models import Call, Organizer
from competition.entries.models import Attachment, Entry, Membership, Revision, Team
from competition.extensions import db
from competition.kernel.web.access import Actor

LEAD = "lead"
# Long texts of a call: what follows from them is cached (see queries.call_form), so most requests never read them.
RARELY_READ = (Call.details, Call.kpis, Call.summary, Call.owner, Call.organiser, Call.search, Call.tie_break)


def enterable_call(_actor: Actor, call_code: str) -> Call | None:
    """A call that is or was public; whether it takes entries now is for the page to say.

    A draft that was cancelled never was public.
    """
    published = or_(Call.state != "cancelled", Call.published_at.is_not(None))
    return db.session.scalar(
        select(Call).options(joinedload(Call.programme))
        .where(Call.code == call_code, Call.state.in_(PUBLIC_STATES), published)
    )


def _entries_of(role: str | None = None) -> Select[Entry]:
    query = (
        select(Entry)
        .join(Membership, Membership.team_id == Entry.team_id)
        .join(Entry.call).join(Call.programme).join(Entry.team)
        .options(
            contains_eager(Entry.call).options(contains_eager(Call.programme), *(defer(c) for c in RARELY_READ)),
            contains_eager(Entry.team),
        )
        .where(Membership.user_id == bindparam("user", type_=Uuid))
    )
    return query if role is None else query.where(Membership.role == role)


# Built once: putting such a statement together costs as much as running it.
_BY_CODE = _entries_of().where(Entry.code == bindparam("code"))
_LED_BY_CODE = _entries_of(LEAD).where(Entry.code == bindparam("code"))
_BY_ID = _entries_of().where(Entry.id == bindparam("entry", type_=Uuid))


def my_entry(actor: Actor, entry_code: str) -> Entry | None:
    """An entry with its call, programme and team, for the members of the team."""
    return db.session.scalar(_BY_CODE, {"user": actor.user_id, "code": entry_code})


def entry_i_lead(actor: Actor, entry_code: str) -> Entry | None:
    return db.session.scalar(_LED_BY_CODE, {"user": actor.user_id, "code": entry_code})


def entry_by_id(actor: Actor, entry_id: UUID) -> Entry | None:
    """The same as :func:`my_entry`, after the page has let go of what it loaded."""
    return db.session.scalar(_BY_ID, {"user": actor.user_id, "entry": entry_id})


def my_attachment(actor: Actor, file_code: str) -> Attachment | None:
    """A file of an entry of one of this person's teams."""
    query = (
        select(Attachment).join(Entry, Entry.id == Attachment.entry_id)
        .join(Membership, Membership.team_id == Entry.team_id)
        .where(Attachment.code == file_code, Membership.user_id == actor.user_id, Attachment.state != "deleted")
    )
    return db.session.scalar(query)


def readable_attachment(actor: Actor, file_code: str) -> Attachment | None:
    """A file for the members of its team; for the organizers of its call once the entries are open and it was received.

    What a team has only put into its draft is the team's; what it added because it was asked for is not. Judges have a
    way of their own.
    """
    member = exists().where(Membership.team_id == Entry.team_id, Membership.user_id == actor.user_id)
    organizer = exists().where(
        Call.id == Entry.call_id, Organizer.programme_id == Call.programme_id, Organizer.user_id == actor.user_id,
        Call.entries_opened_at.is_not(None),
    )
    query = select(Attachment, member.label("own")).join(Entry, Entry.id == Attachment.entry_id).where(
        Attachment.code == file_code, or_(member, organizer)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    file: Attachment = row.Attachment
    return file if row.own or file.late or was_received(file) else None


def call_of_entry(entry_id: UUID) -> UUID:
    return db.session.scalars(select(Entry.call_id).where(Entry.id == entry_id)).one()


def was_received(file: Attachment) -> bool:
    """Whether a revision of the entry holds the file."""
    received = select(Revision.files).where(Revision.entry_id == file.entry_id)
    return any(item["attachment"] == str(file.id) for files in db.session.scalars(received) for item in files)


def my_team(actor: Actor, team_code: str) -> Team | None:
    return _team(actor, team_code, None)


def team_i_lead(actor: Actor, team_code: str) -> Team | None:
    return _team(actor, team_code, LEAD)


def _team(actor: Actor, team_code: str, role: str | None) -> Team | None:
    query = select(Team).join(Membership, Membership.team_id == Team.id).where(
        Team.code == team_code, Membership.user_id == actor.user_id
    )
    return db.session.scalar(query if role is None else query.where(Membership.role == role))


__all__ = [
    "call_of_entry", "enterable_call", "entry_by_id", "entry_i_lead", "my_attachment", "my_entry", "my_team",
    "readable_attachment", "team_i_lead", "was_received",
]
