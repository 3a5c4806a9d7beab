"""Jobs of accounts."""

from __future__ import annotations

from competition.accounts import service
from competition.kernel import clock
from competition.kernel.jobs import outbox


@outbox.handler(service.RESET)
def send_reset(_job: outbox.Job, arguments: service.ResetArguments) -> outbox.Effects:
    """Mail the link that somebody asked for, if there is such an account."""

    def effects() -> None:
        service.send_reset(user_id=arguments.user, now=clock.now())

    return effects
