"""Mail to teams: whether their entry goes on from a stage."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.calls.models import Stage
from competition.decisions.service.advancing import TELL, TellArguments
from competition.decisions.service.stage_mail import TEMPLATES, due_of_next, words_of
from competition.entries.models import Entry
from competition.entries.service.team_mail import mail_members
from competition.extensions import db
from competition.judging.models import StageOutcome
from competition.kernel import clock
from competition.kernel.jobs import outbox


@outbox.handler(TELL)
def tell(_job: outbox.Job, arguments: TellArguments) -> outbox.Effects:
    """Write to the members of each team."""

    def effects() -> dict[str, int]:
        stage, now = db.session.get_one(Stage, arguments.stage), clock.now()
        words, due_at = words_of(stage), due_of_next(stage)
        rows = db.session.execute(
            select(Entry, StageOutcome).join(StageOutcome, StageOutcome.entry_id == Entry.id)
            .where(StageOutcome.stage_id == stage.id, Entry.id.in_(arguments.entries))
            .options(joinedload(Entry.team), joinedload(Entry.call)).order_by(Entry.code)
        ).all()
        for entry, outcome in rows:
            mail_members(entry, TEMPLATES[outcome.outcome], now=now, reason=outcome.reason, due_at=due_at, **words)
        return {"entries": len(rows)}

    return effects
