"""Mail of the eligibility check that is due later, or goes to many teams."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.calls.models import Call
from competition.entries.models import Entry
from competition.entries.service.team_mail import mail_members
from competition.extensions import db
from competition.judging.models import EligibilityCheck
from competition.judging.queries.panel import organizers_of
from competition.judging.service import eligibility
from competition.kernel import clock
from competition.kernel.jobs import mail, outbox

_ENTRIES = select(Entry).options(joinedload(Entry.call).joinedload(Call.programme), joinedload(Entry.team))


@outbox.handler(eligibility.PASSED)
def mail_passed(_job: outbox.Job, arguments: eligibility.PassedArguments) -> outbox.Effects:
    """Write to the teams of some entries that they take part."""

    def effects() -> None:
        for entry in db.session.scalars(_ENTRIES.where(Entry.id.in_(arguments.entries)).order_by(Entry.code)):
            mail_members(entry, "judging/eligibility_passed", now=clock.now())

    return effects


@outbox.handler(eligibility.REMIND)
def remind_team(_job: outbox.Job, arguments: eligibility.DueArguments) -> outbox.Effects:
    """A day before the time to answer is over: remind the team, if it has not answered."""

    def effects() -> None:
        check = _unanswered(arguments)
        if check is not None:
            mail_members(_entry(arguments), "judging/eligibility_reminder", now=clock.now(), question=check.question,
                         until=arguments.until)

    return effects


@outbox.handler(eligibility.OVERDUE)
def mail_overdue(_job: outbox.Job, arguments: eligibility.DueArguments) -> outbox.Effects:
    """The time to answer is over without an answer: the organizers have to decide, and are told so."""

    def effects() -> None:
        if _unanswered(arguments) is None:
            return
        entry = _entry(arguments)
        for email, locale in organizers_of(entry.call.programme_id):
            mail.send("judging/eligibility_overdue", to=email, locale=locale, now=clock.now(), call=entry.call,
                      entry=entry)

    return effects


def _unanswered(arguments: eligibility.DueArguments) -> EligibilityCheck | None:
    """The check, if it still waits for the answer that the job is about."""
    check = db.session.get(EligibilityCheck, (arguments.stage, arguments.entry))
    waits = check is not None and check.state == "asked" and check.answer_until == arguments.until
    return check if waits else None


def _entry(arguments: eligibility.DueArguments) -> Entry:
    return db.session.scalars(_ENTRIES.where(Entry.id == arguments.entry)).one()
