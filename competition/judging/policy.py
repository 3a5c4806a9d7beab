"""Who may do what on a panel. Rights follow from the seat and the assignment as they are now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from competition.calls import independence
from competition.calls.models import Call
from competition.calls.queries import organizer_call
from competition.calls.roles import grant_by_role
from competition.judging.models import Seat
from competition.judging.queries.defence import own_slot
from competition.judging.queries.deliberation import own_deliberation
from competition.judging.queries.eligibility import own_check
from competition.judging.queries.panel import own_invited_seat
from competition.judging.queries.stages import own_stages
from competition.judging.queries.tasks import own_abstained, own_task
from competition.kernel.data.query import one_of
from competition.kernel.web.access import Permission, audience, grant

SITS = ("invited", "accepted")

_seat = aliased(Seat)
_judged = aliased(Call)


def _judges(user: Any, programme: Any, call: Any) -> ColumnElement[bool]:
    """Whether a person sits on a panel, or is invited to."""
    sits = exists().where(_seat.user_id == user, one_of(_seat.state, SITS))
    if call is not None:
        return sits.where(_seat.call_id == call)
    return sits.where(_judged.id == _seat.call_id, _judged.programme_id == programme)


independence.register(independence.SEAT, _judges)
audience("judge", lambda user_id: exists().where(Seat.user_id == user_id, one_of(Seat.state, SITS)))

grant_by_role(Permission.ELIGIBILITY_READ, organizer_call)
grant_by_role(Permission.ELIGIBILITY_MANAGE, organizer_call)
grant(Permission.ELIGIBILITY_OWN, load=own_check)
grant(Permission.STAGES_OWN, load=own_stages)
grant_by_role(Permission.DEFENCE_READ, organizer_call)
grant_by_role(Permission.DEFENCE_MANAGE, organizer_call)
grant(Permission.DEFENCE_OWN, load=own_slot)
grant_by_role(Permission.PANEL_READ, organizer_call)
grant_by_role(Permission.PANEL_MANAGE, organizer_call)
grant(Permission.DELIBERATION, load=own_deliberation)
grant(Permission.JUDGE_QUEUE, allow=lambda actor, _target: actor.is_judge)
grant(Permission.SEAT_ANSWER, load=own_invited_seat)
# The door of a task: its judge, whether the conflict question is answered or not. Nothing is read behind it.
# Once the call's result is public there is only the judge's own submitted sheet behind it.
grant(Permission.TASK_OPEN, allow=lambda _actor, task: not task.closed or (task.state == "cleared" and task.submitted),
      load=own_task)
# A judge who has submitted is asked again when a conflict was lifted: until the answer the scores count for nothing.
grant(Permission.CONFLICT_DECLARE,
      allow=lambda _actor, task: (task.state == "assigned" or not task.submitted) and not task.closed, load=own_task)
grant(Permission.ABSTENTION_UNDO, allow=lambda _actor, task: not task.closed, load=own_abstained)
grant(Permission.ENTRY_JUDGE, allow=lambda _actor, task: task.state == "cleared" and not task.closed, load=own_task)
