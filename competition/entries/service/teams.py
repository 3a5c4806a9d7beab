"""Commands on teams: their profile, their members, who leads."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from competition.accounts import display_names, invitations
from competition.accounts.models import Invitation, User
from competition.calls import independence
from competition.calls.models import Call
from competition.entries.models import Entry, Membership, Team
from competition.entries.team_events import notify_growth
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import Missing, RuleBroken, StaleVersion
from competition.kernel.text import emails
from competition.kernel.web.access import Actor

INVITATION_KIND = "team"
MEMBERS_MOST = 30
PROFILE = ("name", "native_name", "org_type", "registration_number", "country", "signatory", "contact")


def create(*, profile: dict[str, str], actor: Actor, now: datetime) -> Team:
    """Found a team; its founder leads it."""
    team = Team(id=new_id(), code=new_code(), created_at=now, version=1,
                **{name: profile.get(name, "") for name in PROFILE})
    db.session.add(team)
    db.session.flush()
    db.session.add(Membership(team_id=team.id, user_id=actor.id, role="lead", joined_at=now))
    audit.record("team.created", chain="platform", subject=team.id, actor_id=actor.id, now=now)
    return team


def update_profile(*, team: Team, profile: dict[str, str], version: int, actor: Actor, now: datetime) -> None:
    """Change the profile. Entries already received keep the profile of their moment.

    Raises
    ------
    StaleVersion
        When it was saved elsewhere since the page was made.
    """
    values: dict[str, Any] = {name: profile.get(name, "") for name in PROFILE}
    saved = db.session.execute(
        update(Team).where(Team.id == team.id, Team.version == version).values(version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if saved.rowcount != 1:  # type: ignore[attr-defined]
        theirs = {name: getattr(team, name) for name in PROFILE}
        raise StaleVersion(_("The profile was changed elsewhere in the meantime. Both texts are shown below."),
                           mine=values, theirs=theirs, version=team.version)
    db.session.refresh(team)
    audit.record("team.changed", chain="platform", subject=team.id, actor_id=actor.id, now=now)


def invite(*, team: Team, email: str, lang: str, actor: Actor, now: datetime) -> Invitation:
    """Invite a person by mail to be a member.

    Raises
    ------
    RuleBroken
        For something that is no address, a member, an open invitation, or a full team.
    """
    address = emails.normalize(email)
    if address is None:
        raise RuleBroken(_("This is not an e-mail address. It should look like name@example.org."), field="email")
    _lock(team)
    members = select(User.email).join(Membership, Membership.user_id == User.id).where(Membership.team_id == team.id)
    member_emails = set(db.session.scalars(members))
    if address in member_emails:
        raise RuleBroken(_("This person is already in the team."), field="email")
    if len(member_emails) >= MEMBERS_MOST:
        raise RuleBroken(_("A team has at most %(most)s members.", most=MEMBERS_MOST), field="email")
    invitation = invitations.invite(
        kind=INVITATION_KIND, scope_id=team.id, email=address, template="entries/team_invitation", lang=lang,
        actor=actor, now=now, team_name=display_names.unlinked(team.name),
    )
    audit.record("team.invited", chain="platform", subject=team.id, actor_id=actor.id, now=now,
                 invitation=invitation.id)
    return invitation


def join(*, team_id: UUID, user: User, now: datetime) -> Team:
    """What accepting an invitation does; joining twice is joining once.

    Raises
    ------
    RuleBroken
        When the team has become full since the invitation was sent, or who is invited decides where it competes.
    """
    team = db.session.get(Team, team_id)
    if team is None:
        raise Missing("")
    _lock(team)
    if db.session.get(Membership, (team_id, user.id)) is None:
        members = select(func.count()).select_from(Membership).where(Membership.team_id == team_id)
        if (db.session.scalar(members) or 0) >= MEMBERS_MOST:
            raise RuleBroken(_("A team has at most %(most)s members.", most=MEMBERS_MOST))
        _check_independent(team_id, user)
        db.session.add(Membership(team_id=team_id, user_id=user.id, role="member", joined_at=now))
        audit.record("team.joined", chain="platform", subject=team_id, actor_id=user.id, now=now)
        db.session.flush()
        notify_growth(team_id, now)
    return team


def _check_independent(team_id: UUID, user: User) -> None:
    """Refuse a newcomer who has a role in a programme, or a seat on a panel, where the team has an entry.

    Only the newcomer is told: a lead who invites must not learn who sits on a panel.
    """
    query = select(Call.id, Call.programme_id).join(Entry, Entry.call_id == Call.id).where(Entry.team_id == team_id)
    for call_id, programme_id in db.session.execute(query).all():
        independence.check(independence.TEAM, user_id=user.id, programme_id=programme_id, call_id=call_id)


def revoke(*, team: Team, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Make an open invitation worthless.

    Raises
    ------
    Missing
        When the team has no such open invitation.
    """
    if not invitations.revoke(kind=INVITATION_KIND, scope_id=team.id, invitation_id=invitation_id, now=now):
        raise Missing("")
    audit.record("team.invitation_revoked", chain="platform", subject=team.id, actor_id=actor.id, now=now,
                 invitation=invitation_id)


def remove(*, team: Team, user_id: UUID, actor: Actor, now: datetime) -> None:
    """Take a member out; their next request finds nothing of the team.

    Raises
    ------
    RuleBroken
        For the lead, who must hand the lead over first.
    """
    _lock(team)
    membership = db.session.get(Membership, (team.id, user_id))
    if membership is None:
        raise Missing("")
    if membership.role == "lead":
        raise RuleBroken(_("The lead can’t be removed. Hand the lead over to somebody else first."))
    db.session.delete(membership)
    audit.record("team.member_removed", chain="platform", subject=team.id, actor_id=actor.id, now=now, member=user_id)


def leave(*, team: Team, actor: Actor, now: datetime) -> None:
    """Go out of a team. The last person may only leave a team without entries.

    Raises
    ------
    RuleBroken
        For a lead with other members, and for the last person of a team with entries.
    """
    _lock(team)
    mine = db.session.get_one(Membership, (team.id, actor.id))
    member_count = db.session.scalar(
        select(func.count()).select_from(Membership).where(Membership.team_id == team.id)
    ) or 0
    if mine.role == "lead" and member_count > 1:
        raise RuleBroken(_("You lead this team. Hand the lead over to somebody else, then leave."))
    entries = db.session.scalar(select(func.count()).select_from(Entry).where(Entry.team_id == team.id))
    if member_count == 1 and entries:
        raise RuleBroken(_("You are the last person in a team with entries. Invite somebody and hand over the lead."))
    db.session.delete(mine)
    audit.record("team.left", chain="platform", subject=team.id, actor_id=actor.id, now=now)


def hand_over(*, team: Team, user_id: UUID, actor: Actor, now: datetime) -> None:
    """Make another member the lead; the present lead stays as a member."""
    _lock(team)
    successor = db.session.get(Membership, (team.id, user_id))
    if successor is None or user_id == actor.id:
        raise Missing("")
    db.session.get_one(Membership, (team.id, actor.id)).role = "member"
    db.session.flush()  # a team never has two leads, not even inside a transaction
    successor.role = "lead"
    audit.record("team.lead_handed_over", chain="platform", subject=team.id, actor_id=actor.id, now=now, to=user_id)


def _lock(team: Team) -> None:
    """Let no two changes of one team's members run side by side."""
    db.session.execute(select(Team.id).where(Team.id == team.id).with_for_update())
