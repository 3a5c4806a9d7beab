"""Mail to the members of the team behind an entry, each in their own language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from competition.accounts.models import User
from competition.entries.models import Entry, Membership
from competition.extensions import db
from competition.kernel.jobs import mail


def mail_members(entry: Entry, template: str, *, now: datetime, **context: Any) -> None:
    """Write to every member. The template knows ``entry``, ``call``, ``team``, ``person`` and the context."""
    members = select(User).join(Membership, Membership.user_id == User.id).where(Membership.team_id == entry.team_id)
    for person in db.session.scalars(members.order_by(User.id)):
        mail.send(template, to=person.email, locale=person.locale, now=now, entry=entry, call=entry.call,
                  team=entry.team, person=person, **context)
