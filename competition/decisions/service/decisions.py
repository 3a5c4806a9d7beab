"""Commands on decisions: proposed by a selection, adjusted with a reason, applied after a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import String, cast, delete, func, insert, select, update

from competition.calls.models import Call
from competition.decisions.lifecycle import DECISION
from competition.decisions.models import Decision
from competition.decisions.queries.decisions import being_decided
from competition.decisions.queries.money import awarded, most_awards
from competition.decisions.service.outdated import check_to_decide
from competition.entries.models import Entry
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.data.canonical import digest
from competition.kernel.data.ids import new_id
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.text.lists import joined
from competition.kernel.web.access import Actor
from competition.results.models import Run, RunEntry
from competition.results.queries.runs import latest_run

OUTCOMES = ("selected", "reserve", "not_selected")
BATCH = 1000  # rows of one INSERT


@dataclass(frozen=True)
class Proposal:
    """The proposal of a selection for one entry; ``value`` in points above the threshold."""

    entry_id: UUID
    outcome: str
    award_minor: int
    value: float | None
    band: str


def propose(
    *, call: Call, run_id: UUID, proposals: Sequence[Proposal], source: str, actor_id: UUID | None, now: datetime,
) -> int:
    """Replace the call's pending decisions by those of a selection; returns how many there are.

    Parameters
    ----------
    source
        Digest of the selection that they come from, for the log.

    Raises
    ------
    IllegalMove
        When decisions of the call are applied or published already.
    Outdated
        When the run has not read what counts now.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    if not being_decided(call) or _count(call.id, ("applied", "published")):
        raise IllegalMove(_("Decisions of %(call)s are applied already. Reopen them first.", call=call.code))
    check_to_decide(call, db.session.get_one(Run, run_id))
    db.session.execute(delete(Decision).where(Decision.call_id == call.id))
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(), "call_id": call.id, "run_id": run_id, "entry_id": p.entry_id, "state": "pending",
            "proposed": p.outcome, "outcome": p.outcome, "proposed_award_minor": p.award_minor,
            "award_minor": p.award_minor, "value": p.value, "band": p.band, "reason": "", "decided_by": actor_id,
            "decided_at": now, "version": 1,
        }
        for p in proposals
    ]
    insert_all(rows)
    audit.record("decisions.proposed", chain=call.id, subject=call.code, actor_id=actor_id, now=now,
                 selection=source, selected=sum(p.outcome == "selected" for p in proposals),
                 reserve=sum(p.outcome == "reserve" for p in proposals), total=len(rows))
    return len(rows)


def adjust(
    *, call: Call, entry_code: str, outcome: str, award_minor: int, reason: str, version: int, actor: Actor,
    now: datetime, unpaid: bool = False,
) -> Decision:
    """Change a decision. What the selection proposed stays stored beside it.

    Parameters
    ----------
    unpaid
        The entry is selected without money, on purpose: the only way in which a selected entry has no award.

    Raises
    ------
    Missing
        No decision on such an entry in this call.
    RuleBroken
        No reason; an entry that did not pass; more than the slots, the cap, the budget or a team's share.
    IllegalMove
        When the decision is applied already, or was changed by somebody else meanwhile.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    decision = db.session.scalar(
        select(Decision).join(Entry, Entry.id == Decision.entry_id)
        .where(Decision.call_id == call.id, Entry.code == entry_code).with_for_update(of=Decision)
    )
    if decision is None:
        raise Missing("")
    if decision.state != "pending" or decision.version != version:
        raise IllegalMove(_("Somebody changed this decision meanwhile. Reload the page to see it."))
    if outcome not in OUTCOMES:
        raise RuleBroken(_("Choose an outcome."), field="outcome")
    if not reason.strip():
        raise RuleBroken(_("Write why you decide otherwise than proposed; the reason is kept in the log."),
                         field="reason")
    award_minor = award_minor if outcome == "selected" else 0
    if outcome == "selected":
        _must_have_passed(decision)
        if unpaid:
            award_minor = 0
        elif award_minor <= 0:
            raise RuleBroken(_("Write the award. If this entry gets no money, tick “Selected without money”."),
                             field="award")
        if call.award_cap_minor is not None and award_minor > call.award_cap_minor:
            raise RuleBroken(_("The award is above the call's cap per award."), field="award")
    before = {"outcome": decision.outcome, "award": decision.award_minor}
    decision.outcome, decision.award_minor, decision.reason = outcome, award_minor, reason.strip()
    decision.decided_by, decision.decided_at, decision.version = actor.id, now, version + 1
    db.session.flush()
    check_limits(call)
    audit.record("decision.adjusted", chain=call.id, subject=entry_code, actor_id=actor.id, now=now, before=before,
                 after={"outcome": outcome, "award": award_minor}, reason=decision.reason)
    return decision


def _must_have_passed(decision: Decision) -> None:
    line = db.session.get(RunEntry, (decision.run_id, decision.entry_id))
    if line is None or not line.passed:
        raise RuleBroken(
            _("This entry missed the quorum, a gate or the pass mark. The call's rules don't let it be selected."),
            field="outcome",
        )


def check_limits(call: Call) -> None:
    """Compare the decisions as they stand with slots, budgets and the awards per team.

    Raises
    ------
    RuleBroken
        When a limit is exceeded; the message names it.
    """
    programme = call.programme
    chosen = Decision.outcome == "selected"
    count, spent = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Decision.award_minor), 0))
        .where(Decision.call_id == call.id, chosen)
    ).one()
    if count > call.slots:
        raise RuleBroken(
            ngettext("The call has one slot and %(count)s entries would be selected. Take one out first.",
                     "The call has %(num)s slots and %(count)s entries would be selected. Take one out first.",
                     call.slots, count=count), field="outcome")
    if call.budget_minor and spent > call.budget_minor:
        raise RuleBroken(_("The awards of this call would be above the call's budget."), field="award")
    if awarded(programme.id) > programme.budget_minor:
        raise RuleBroken(_("The awards of all calls would be above the programme's budget."), field="award")
    if programme.team_cap is not None and most_awards(programme.id) > programme.team_cap:
        raise RuleBroken(
            ngettext("A team would get more than the one award it may have in this programme.",
                     "A team would get more than the %(num)s awards it may have in this programme.",
                     programme.team_cap), field="outcome")


def _check_awards(call: Call) -> None:
    """Refuse an entry that is selected without money and without a reason."""
    codes = db.session.scalars(
        select(Entry.code).join(Decision, Decision.entry_id == Entry.id).where(
            Decision.call_id == call.id, Decision.outcome == "selected", Decision.award_minor <= 0,
            Decision.reason == "",
        ).order_by(Entry.code)
    ).all()
    if codes:
        raise RuleBroken(
            ngettext("%(codes)s is selected without an award. Change its decision: write the award, or tick “Selected "
                     "without money” and say why.",
                     "%(codes)s are selected without an award. Change their decisions: write the awards, or tick "
                     "“Selected without money” and say why.", len(codes), codes=joined(codes)))


def listing_digest(call_id: UUID) -> str:
    """Digest of a call's decisions as they are now.

    The page that lists them carries it, so that only decisions that were listed are applied.
    """
    rows = db.session.execute(
        select(Entry.code, Decision.outcome, Decision.award_minor, cast(Decision.run_id, String))
        .join(Entry, Entry.id == Decision.entry_id).where(Decision.call_id == call_id).order_by(Entry.code)
    )
    return digest("decisions/2", "\n".join(f"{code} {outcome} {award} {run}" for code, outcome, award, run in rows))


def apply(*, call: Call, checked: str, actor: Actor, now: datetime) -> int:
    """Apply the call's pending decisions as the page listed them.

    Parameters
    ----------
    checked
        :func:`listing_digest` of what was listed.

    Raises
    ------
    RuleBroken
        Nothing to apply, a newer aggregation, decisions that differ from those listed, or a limit passed;
        :class:`Outdated` when the run has not read what counts now.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    run = latest_run(call.id)
    pending = db.session.scalars(
        select(Decision.run_id).where(Decision.call_id == call.id, Decision.state == "pending").distinct()
    ).all()
    if not pending or not being_decided(call):
        raise IllegalMove(_("There are no pending decisions to apply. Make a selection first."))
    if run is None or list(pending) != [run.id]:
        raise RuleBroken(_("The scores were aggregated again after this selection. Select again first."))
    if checked != listing_digest(call.id):
        raise RuleBroken(_("The decisions changed since this list was shown. Read the list again and confirm it."))
    check_limits(call)
    check_to_decide(call, run)
    _check_awards(call)
    count = advance_all(call.id, "apply", actor, now)
    codes = list(db.session.scalars(
        select(Entry.code).join(Decision, Decision.entry_id == Entry.id)
        .where(Decision.call_id == call.id, Decision.outcome == "selected").order_by(Entry.code)
    ))
    audit.record("decisions.applied", chain=call.id, subject=call.code, actor_id=actor.id, now=now, count=count,
                 selected=codes, mark=checked)
    return count


def reopen(*, call: Call, reason: str, actor: Actor, now: datetime) -> int:
    """Make applied decisions pending again, with a reason, as long as they are not published."""
    if not reason.strip():
        raise RuleBroken(_("Write why the decisions are reopened; the reason is kept in the log."), field="reason")
    db.session.refresh(call, with_for_update={"of": Call})
    count = advance_all(call.id, "reopen", actor, now) if being_decided(call) else 0
    if not count:
        raise IllegalMove(_("There are no applied decisions to reopen."))
    audit.record("decisions.reopened", chain=call.id, subject=call.code, actor_id=actor.id, now=now, count=count,
                 reason=reason.strip())
    return count


def advance_all(call_id: UUID, action: str, actor: Actor, now: datetime) -> int:
    """Take a step of the lifecycle for every decision of a call that is in a state before it; returns how many."""
    count = 0
    for before, after in DECISION.steps[action].items():
        result = db.session.execute(
            update(Decision).where(Decision.call_id == call_id, Decision.state == before)
            .values(state=after, decided_at=now, decided_by=actor.id, version=Decision.version + 1)
            .execution_options(synchronize_session=False)
        )
        count += result.rowcount  # type: ignore[attr-defined]
    db.session.expire_all()
    return count


def insert_all(rows: Sequence[dict[str, Any]]) -> None:
    """Store decisions, given as column → value."""
    for batch in batches(rows, BATCH):
        db.session.execute(insert(Decision), batch)


def _count(call_id: UUID, states: tuple[str, ...]) -> int:
    query = select(func.count()).where(Decision.call_id == call_id, Decision.state.in_(states))
    return db.session.scalar(query) or 0
