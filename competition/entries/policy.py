"""Who may do what with teams and entries. Rights come from membership as it is at each request."""

from __future__ import annotations

from sqlalchemy import exists

from competition.calls.queries import organizer_call
from competition.entries.models import Membership
from competition.entries.queries import entry_form, loading, submission
from competition.kernel.web.access import Permission, fact, grant

fact("team", lambda user_id: exists().where(Membership.user_id == user_id))

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
grant(Permission.ENTRY_OVERSEE, load=organizer_call)
