"""What the mail says that tells a team whether its entry goes on from a stage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

from competition.calls import queries as calls
from competition.calls.models import Stage
from competition.calls.rules import advance_sentence
from competition.calls.stages import stage_name
from competition.entries.models import Entry
from competition.kernel.jobs import mail

TEMPLATES = {"advanced": "decisions/stage_advanced", "stopped": "decisions/stage_stopped"}


def words_of(stage: Stage) -> dict[str, Callable[[], str]]:
    """What a mail says of the stage, the next one and the rule, each in the language in which it is rendered."""
    stages = calls.stages(stage.call_id)
    following = next(later for later in stages if later.position > stage.position)
    return {
        "stage_name": lambda: stage_name(stage, stages), "next_name": lambda: stage_name(following, stages),
        "rule": lambda: advance_sentence(stage, stage_name(following, stages)),
    }


def preview(stage: Stage, entry: Entry, outcome: str, reason: str, locale: str) -> tuple[str, str]:
    """Subject and body of the mail to a member of a team, in one language."""
    return mail.rendered(
        TEMPLATES[outcome], locale, entry=entry, call=entry.call, team=entry.team, person=SimpleNamespace(name="…"),
        reason=reason, due_at=due_of_next(stage), **words_of(stage),
    )


def due_of_next(stage: Stage) -> datetime | None:
    """When the stage after this one is due."""
    return next(later.due_at for later in calls.stages(stage.call_id) if later.position > stage.position)
