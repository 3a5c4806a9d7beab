"""Who may do what with programmes and calls."""

from __future__ import annotations

from sqlalchemy import exists

from competition.calls.models import Organizer
from competition.calls.queries import organizer_call, organizer_programme
from competition.calls.queries.organizer import organizer_document
from competition.kernel.web.access import Actor, Permission, fact, grant


def may_have_programmes(actor: Actor, _target: object = None) -> bool:
    """Operators and organizers may create programmes."""
    return actor.is_organizer or actor.is_operator


fact("organizer", lambda user_id: exists().where(Organizer.user_id == user_id))
grant(Permission.PROGRAMME_LIST, allow=may_have_programmes)
grant(Permission.PROGRAMME_CREATE, allow=may_have_programmes)
grant(Permission.PROGRAMME_MANAGE, load=organizer_programme)
grant(Permission.CALL_MANAGE, load=organizer_call)
grant(Permission.CALL_DOCUMENT, load=organizer_document)
grant(Permission.AUDIT_READ, load=organizer_call)
