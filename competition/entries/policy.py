"""Who may do what with teams and entries. Rights come from membership as it is at each request."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from competition.calls import independence
from competition.calls.models import Call
from competition.calls.queries import organizer_call
from competition.calls.roles import grant_by_role
from competition.entries.models import Entry, Membership
from competition.entries.queries import entry_form, loading, submission
from competition.kernel.web.access import Permission, audience, grant

_member, _entry, _call = aliased(Membership), aliased(Entry), aliased(Call)


def _competes(user: Any, programme: Any, call: Any) -> ColumnElement[bool]:
    """Whether a person's team takes part: it has submitted, or can until judging begins.

    Asked for every click of a judge. The person's teams are a list, not a join: joined, SQLite looks for the person in
    the team of every entry of the call (25 ms in a call of 10,000).
    """
    teams = select(_member.team_id).where(_member.user_id == user).correlate_except(_member)
    where = _call.programme_id == programme if call is None else _entry.call_id == call
    return exists().where(
        _entry.team_id.in_(teams), _call.id == _entry.call_id, where,
        or_(_entry.state == "submitted", _call.state == "published"),
    )


independence.register(independence.TEAM, _competes)
audience("team", lambda user_id: exists().where(Membership.user_id == user_id))

grant(Permission.TEAM_READ, load=loading.my_team)
grant(Permission.TEAM_MANAGE, load=loading.team_i_lead)
grant(Permission.ENTRY_CREATE, load=loading.enterable_call)
grant(Permission.ENTRY_READ, load=loading.my_entry)
grant(Permission.ENTRY_FORM, load=entry_form.entry_form)
grant(Permission.ENTRY_EDIT, load=loading.my_entry)
grant(Permission.ENTRY_SUBMIT, load=submission.entry_to_submit)
grant(Permission.ENTRY_WITHDRAW, load=loading.entry_i_lead)
grant(Permission.ATTACHMENT_EDIT, load=loading.my_attachment)
grant(Permission.ATTACHMENT_READ, load=loading.readable_attachment)
grant_by_role(Permission.ENTRY_OVERSEE, organizer_call)
grant_by_role(Permission.ENTRIES_OPEN, organizer_call)
