"""Who may do what with programmes and calls."""

from __future__ import annotations

from sqlalchemy import String, cast, exists, func, select
from sqlalchemy.orm import aliased

from competition.calls import independence
from competition.calls.models import Organizer
from competition.calls.queries import organizer_call, organizer_programme
from competition.calls.queries.organizer import organizer_document
from competition.calls.queries.people import operated_programme
from competition.calls.roles import grant_by_role, holds_anywhere
from competition.kernel.web.access import Actor, Permission, audience, grant, roles_from


def may_list_programmes(actor: Actor, _target: object = None) -> bool:
    """Operators, and whoever has a role in some programme."""
    return actor.is_organizer or actor.is_operator


def may_create_programmes(actor: Actor, _target: object = None) -> bool:
    """Operators, and those who run a programme already."""
    return actor.is_operator or holds_anywhere(Permission.PROGRAMME_MANAGE)(actor)


_role = aliased(Organizer)

roles_from(lambda user_id: (
    select(func.string_agg(cast(Organizer.programme_id, String) + ":" + Organizer.role, ","))
    .where(Organizer.user_id == user_id).scalar_subquery()
))
independence.register(independence.ROLE, lambda user, programme, _call: (
    exists().where(_role.user_id == user, _role.programme_id == programme)
))
audience("organizer", lambda user_id: exists().where(Organizer.user_id == user_id))
grant(Permission.PROGRAMME_LIST, allow=may_list_programmes, second_factor=True)
grant(Permission.PROGRAMME_CREATE, allow=may_create_programmes, second_factor=True)
grant_by_role(Permission.PROGRAMME_READ, organizer_programme)
grant_by_role(Permission.PROGRAMME_MANAGE, organizer_programme)
for _permission in (Permission.PEOPLE_READ, Permission.PEOPLE_MANAGE):
    grant_by_role(_permission, operated_programme, operators=True)
grant_by_role(Permission.SIGNATURE_READ, organizer_programme)
grant_by_role(Permission.CALL_READ, organizer_call)
grant_by_role(Permission.CALL_MANAGE, organizer_call)
grant_by_role(Permission.CALL_DOCUMENT_READ, organizer_document)
grant_by_role(Permission.CALL_DOCUMENT, organizer_document)
grant_by_role(Permission.AUDIT_READ, organizer_call)
