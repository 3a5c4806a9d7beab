"""Automatic assignment: a plan is computed, looked at, then applied if nothing has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls.models import Call, Stage
from competition.calls.queries import current_stage
from competition.extensions import db
from competition.judging.models import AssignmentPlan
from competition.judging.queries.planning_inputs import Design, design
from competition.judging.service import assigning, conflicts
from competition.judging.service.plan import Inputs, Outcome
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.jobs import outbox
from competition.kernel.web.access import Actor

INLINE_PAIRS = 20_000  # entry × judge pairs that a page may wait for; more go to a worker
INLINE_APPLY = 3_000


@dataclass(frozen=True)
class AssignArguments:
    """The plan to compute."""

    plan: UUID


@dataclass(frozen=True)
class ApplyArguments:
    """The plan to turn into assignments, and the organizer who applied it."""

    plan: UUID
    actor: UUID


ASSIGN = outbox.Kind("judging.assign", AssignArguments)
APPLY = outbox.Kind("judging.apply", ApplyArguments)


def start(
    *, call: Call, reviews: int, bridge_percent: int, keep_all: bool, actor: Actor, now: datetime
) -> AssignmentPlan:
    """Look for ties, then plan: at once when small, by a worker when large.

    Raises
    ------
    RuleBroken
        When nothing is submitted yet, nobody has accepted a seat, or entries can still change.
    """
    assigning.check_open(call, now)
    conflicts.find(call=call, actor=actor, now=now)
    stage = current_stage(call.id)
    plan = AssignmentPlan(
        id=new_id(), stage_id=stage.id, code=new_code(), state="computing", created_at=now, created_by=actor.id,
        settings={"reviews": reviews, "bridge_percent": bridge_percent, "keep_all": keep_all},
    )
    db.session.add(plan)
    db.session.flush()
    inputs = read(plan.id)
    if not inputs.design.entries:
        raise RuleBroken(_("No entry of this call is submitted: there is nothing to assign."))
    if not inputs.design.judges:
        raise RuleBroken(_("Nobody has accepted a seat on the panel yet."))
    if len(inputs.design.entries) * len(inputs.design.judges) <= INLINE_PAIRS:
        store(plan_id=plan.id, inputs=inputs, outcome=compute(inputs))
    else:
        job = outbox.add(ASSIGN, AssignArguments(plan=plan.id), key=str(plan.id), now=now, owner_id=actor.id)
        db.session.flush()
        plan.job_id = job
    return plan


def read(plan_id: UUID) -> Inputs:
    """A stored plan's settings, with judges and entries as they are now."""
    plan = db.session.get_one(AssignmentPlan, plan_id)
    chosen = plan.settings
    return Inputs(
        design(plan.stage_id), int(chosen["reviews"]), int(chosen["bridge_percent"]) / 100, bool(chosen["keep_all"])
    )


def compute(inputs: Inputs) -> Outcome:
    """Plan with even loads, and with looser ones where capacity or ties make even loads impossible."""
    from competition.judging.service import plan_solver  # with SciPy, which a process that plans nothing does without

    return plan_solver.solve(inputs)


def store(*, plan_id: UUID, inputs: Inputs, outcome: Outcome) -> None:
    """Keep a computed plan, or why there is none."""
    plan = db.session.get_one(AssignmentPlan, plan_id)
    plan.fingerprint = inputs.design.fingerprint
    if outcome.failure:
        plan.state, plan.report = "failed", {"failure": outcome.failure, "reasons": outcome.reasons}
        return
    judges, entries = inputs.design.judges, inputs.design.entries
    plan.pairs = b"".join(judges[judge].id.bytes + entries[entry][0].bytes for entry, judge in outcome.pairs)
    plan.state, plan.report = "ready", outcome.report


def apply(*, call: Call, plan_code: str, actor: Actor, now: datetime) -> AssignmentPlan:
    """Make a plan's assignments, at once or, when there are thousands, by a worker.

    Raises
    ------
    Missing
        When the call has no such plan.
    IllegalMove
        When it is applied already, or judges, entries, conflicts or work have changed since.
    """
    assigning.check_open(call, now)
    plan = db.session.scalar(
        select(AssignmentPlan).join(Stage, Stage.id == AssignmentPlan.stage_id)
        .where(AssignmentPlan.code == plan_code, Stage.call_id == call.id).with_for_update(of=AssignmentPlan)
    )
    if plan is None:
        raise Missing("")
    _check_current(plan)
    if len(plan.pairs) // 32 <= INLINE_APPLY:
        apply_now(plan_id=plan.id, actor_id=actor.id, now=now)
        return plan
    job = outbox.add(APPLY, ApplyArguments(plan=plan.id, actor=actor.id), key=str(plan.id), now=now, owner_id=actor.id)
    db.session.flush()
    plan.job_id = job
    return plan


def _check_current(plan: AssignmentPlan) -> Design:
    if plan.state != "ready":
        raise IllegalMove(_("This plan has been applied already, or was never finished."))
    present = design(plan.stage_id, with_languages=False)
    if present.fingerprint != plan.fingerprint:
        raise IllegalMove(_("Judges, entries or conflicts have changed since this plan was made. Plan again."))
    return present


def apply_now(*, plan_id: UUID, actor_id: UUID, now: datetime) -> dict[str, int]:
    """Make the assignments of a fresh plan; returns ``{"added", "taken_back"}``."""
    plan = db.session.get_one(AssignmentPlan, plan_id)
    present = _check_current(plan)
    raw = plan.pairs
    wanted = {
        (UUID(bytes=raw[at:at + 16]), UUID(bytes=raw[at + 16:at + 32])) for at in range(0, len(raw), 32)
    }
    standing = {(one.seat_id, one.entry_id): one.started for one in present.begun}
    dropped = [pair for pair, started in standing.items() if not started and pair not in wanted]
    added = sorted(wanted - standing.keys(), key=lambda pair: (pair[0].bytes, pair[1].bytes))
    assigning.take_back(stage_id=plan.stage_id, pairs=dropped)
    assigning.add(stage_id=plan.stage_id, pairs=added, kind="automatic", now=now)
    plan.state, plan.applied_at = "applied", now
    stage = db.session.get_one(Stage, plan.stage_id)
    assigning.log_pairs(stage=stage, added=added, dropped=dropped, subject=plan.code, actor_id=actor_id, now=now)
    audit.record(
        "assignment.applied", chain=stage.call_id, subject=plan.code, actor_id=actor_id, now=now, added=len(added),
        taken_back=len(dropped), settings=plan.settings, stage=stage.position,
    )
    assigning.announce(stage_id=plan.stage_id, seat_ids={seat for seat, _entry in added}, now=now)
    return {"added": len(added), "taken_back": len(dropped)}
