"""The command that says which entries go on from a closed stage, and the mail to their teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _

from competition.calls.models import Call
from competition.decisions.queries.advancing import Candidate, Proposal, proposal
from competition.extensions import db
from competition.judging.service.stages import set_outcomes
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.jobs import outbox
from competition.kernel.web.access import Actor
from competition.results.queries.staleness import changed_since

MAILED_AT_ONCE = 50  # entries of one job
NAMED_IN_EVENT = 500
REASON_MOST = 2000


@dataclass(frozen=True)
class TellArguments:
    """Entries whose teams are told what was decided about them at a stage."""

    stage: UUID
    entries: Sequence[UUID]


TELL = outbox.Kind("decisions.tell_stage", TellArguments)


@dataclass(frozen=True, slots=True)
class Choice:
    """What an organizer chose for an entry, and the reason that its team reads."""

    goes_on: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """An entry with what is to be stored for it."""

    candidate: Candidate
    outcome: str
    reason: str
    by_hand: bool

    @property
    def changed(self) -> bool:
        return (self.outcome, self.reason) != (self.candidate.outcome, self.candidate.reason)


def decide(shown: Proposal, choices: Mapping[str, Choice], general: str) -> list[Decided]:
    """What would be stored for each entry.

    Parameters
    ----------
    choices
        Code of an entry → choice; who has none does not go on.
    general
        The reason for all that do not go on and have no reason of their own, where people choose.

    Raises
    ------
    RuleBroken
        Beside ``reason-<code>`` or ``general``, when a reason is missing or too long.
    """
    decided = []
    for candidate in shown.candidates:
        choice = choices.get(candidate.code, Choice(False))
        by_hand = candidate.by_rule is not None and choice.goes_on != candidate.by_rule
        reason = choice.reason.strip()
        if len(reason) > REASON_MOST or len(general) > REASON_MOST:
            raise RuleBroken(_("Use at most %(most)s characters.", most=REASON_MOST), field=f"reason-{candidate.code}")
        if by_hand and not reason:
            raise RuleBroken(
                _("Entry %(entry)s differs from the rule: write the reason. Its team reads it.", entry=candidate.code),
                field=f"reason-{candidate.code}",
            )
        if candidate.by_rule is None and not choice.goes_on:
            reason = reason or general.strip()
            if not reason:
                raise RuleBroken(_("Write why entries do not go on: their teams read it."), field="general")
        decided.append(Decided(candidate, "advanced" if choice.goes_on else "stopped", reason, by_hand))
    return decided


def check_open(call: Call, shown: Proposal) -> str:
    """Why nothing can be decided about a stage now; empty when it can."""
    if call.state != "judging" or shown.stage.state != "closed":
        return _("It is decided who goes on once the stage is closed.")
    if shown.following.state != "planned":
        return _("The next stage is open: it stays as it was decided.")
    if shown.run is None:
        return _("Aggregate the scores of this stage first.")
    if changed_since(shown.run):
        return _("Scores have changed since they were aggregated. Aggregate them again first.")
    return ""


def apply(
    *, call: Call, position: int, digest: str, choices: Mapping[str, Choice], general: str, actor: Actor, now: datetime
) -> list[Decided]:
    """Store who goes on; teams whose outcome is new get a mail. Returns the new ones.

    Parameters
    ----------
    digest
        Of the result that the organizer looked at.

    Raises
    ------
    Missing
        When the call has no such stage.
    IllegalMove
        When the stage is not closed, the next one is open, or another result counts by now.
    RuleBroken
        As :func:`decide`, or when nobody goes on.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    shown = proposal(call, position)
    if shown is None:
        raise Missing("")
    reason = check_open(call, shown)
    if reason or shown.run is None:
        raise IllegalMove(reason)
    if shown.run.result_digest != digest:
        raise IllegalMove(_("The scores were aggregated again since this page was shown. Look at the new result."))
    decided = decide(shown, choices, general)
    if not any(one.outcome == "advanced" for one in decided):
        raise RuleBroken(_("Let at least one entry go on, or cancel the call."), field="general")
    new = [one for one in decided if one.changed]
    set_outcomes(stage=shown.stage, outcomes={one.candidate.id: (one.outcome, one.reason) for one in new},
                 actor=actor, now=now)
    _record(call, shown, new, actor, now)
    for number, part in enumerate(batches(new, MAILED_AT_ONCE)):
        outbox.add(TELL, TellArguments(stage=shown.stage.id, entries=[one.candidate.id for one in part]),
                   key=f"{shown.stage.id}/{now.isoformat()}/{number}", now=now)
    return new


def _record(call: Call, shown: Proposal, new: Sequence[Decided], actor: Actor, now: datetime) -> None:
    assert shown.run is not None
    for part in batches(new, NAMED_IN_EVENT):
        audit.record(
            "stage.decided", chain=call.id, subject=shown.stage.id, actor_id=actor.id, now=now,
            stage=shown.stage.position, run=shown.run.number, result=shown.run.result_digest,
            rule=[shown.stage.advance, shown.stage.advance_top, shown.stage.advance_mark],
            advanced=[one.candidate.code for one in part if one.outcome == "advanced"],
            stopped=[one.candidate.code for one in part if one.outcome == "stopped"],
            by_hand=[[one.candidate.code, one.outcome, one.reason] for one in part if one.by_hand],
        )
