"""What an invitation to a team looks like, and what answering it does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from competition.accounts import invitations
from competition.accounts.models import Invitation, User
from competition.entries.models import Team
from competition.entries.service import teams
from competition.extensions import db


def describe(invitation: Invitation) -> dict[str, Any]:
    team = db.session.get(Team, invitation.scope_id)
    name = team.name if team is not None else ""
    return {
        "title": _("Join the team %(team)s", team=name),
        "text": _("As a member you can read and write this team’s entries, attach files and submit."),
    }


def accept(invitation: Invitation, user: User, now: datetime) -> str:
    team = teams.join(team_id=invitation.scope_id, user=user, now=now)
    return url_for("entries_team.team", team_code=team.code)


def decline(_invitation: Invitation, _user: User | None, _now: datetime) -> str:
    return url_for("calls_public.home")


def register() -> None:
    invitations.register(teams.INVITATION_KIND, invitations.Offer(describe=describe, accept=accept, decline=decline))
