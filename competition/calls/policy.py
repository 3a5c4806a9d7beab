"""Who may do what with programmes and calls."""

from __future__ import annotations

from sqlalchemy import exists

from competition.calls.models import Organizer
from competition.calls.queries import organizer_call, organizer_programme
from competition.kernel.access import Permission, fact, grant

fact("organizer", lambda user_id: exists().where(Organizer.user_id == user_id))
grant(Permission.PROGRAMME_LIST, lambda actor, _target: actor.is_organizer)
grant(Permission.PROGRAMME_MANAGE, lambda _actor, _programme: True, load=organizer_programme)
grant(Permission.CALL_MANAGE, lambda _actor, _call: True, load=organizer_call)
grant(Permission.AUDIT_READ, lambda _actor, _call: True, load=organizer_call)

