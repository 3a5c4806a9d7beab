"""Automatic assignment: a plan is computed, looked at, then applied if nothing has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls.models import Call, Stage
from competition.calls.queries import main_stage
from competition.extensions import db
from competition.judging.models import AssignmentPlan
from competition.judging.queries.design import Design, design
from competition.judging.service import assigning, conflicts
from competition.kernel import audit, outbox
from competition.kernel.access import Actor
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.ids import new_code, new_id
from scoring import Infeasible, ScoringError, assign

INLINE_PAIRS = 20_000  # entry × judge pairs that a page may wait for; more go to a worker
INLINE_APPLY = 3_000
EXPERTISE, LANGUAGE = 0.5, 0.5


@dataclass(frozen=True, slots=True)
class Inputs:
    """A plan's settings with the design they apply to."""

    design: Design
    reviews: int
    bridge_share: float
    keep_all: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """``pairs`` as positions (entry, judge); ``report`` for the page; ``failure`` says why there is none."""

    pairs: npt.NDArray[np.int64]
    report: dict[str, Any]
    failure: str = ""


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
    stage = main_stage(call.id)
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
        job = outbox.add(
            "judging.assign", key=str(plan.id), payload={"plan": str(plan.id)}, now=now, owner_id=actor.id
        )
        db.session.flush()
        plan.job_id = job.id
    return plan


def read(plan_id: UUID) -> Inputs:
    plan = db.session.get_one(AssignmentPlan, plan_id)
    chosen = plan.settings
    return Inputs(
        design(plan.stage_id), int(chosen["reviews"]), int(chosen["bridge_percent"]) / 100, bool(chosen["keep_all"])
    )


def compute(inputs: Inputs) -> Outcome:
    """Plan with even loads, and with looser ones where capacity or ties make even loads impossible."""
    given = inputs.design
    entry_at = {entry[0]: at for at, entry in enumerate(given.entries)}
    judge_at = {judge.id: at for at, judge in enumerate(given.judges)}
    keep = [
        (entry_at[one.entry_id], judge_at[one.seat_id]) for one in given.begun if one.started or inputs.keep_all
    ]
    barred = [
        (entry_at[entry], judge_at[seat]) for seat, entry in given.conflicts if entry in entry_at and seat in judge_at
    ]
    held = np.bincount([judge for _entry, judge in keep], minlength=len(given.judges))
    capacity = np.maximum(np.array([judge.capacity for judge in given.judges], dtype=np.int64), held)
    affinity = fitness(given)
    failure = ""
    for low, high in _loads(len(given.entries) * inputs.reviews, capacity, held):
        try:
            made = assign(
                affinity, inputs.reviews, low, high, np.array(barred, dtype=np.int64).reshape(-1, 2),
                np.array(keep, dtype=np.int64).reshape(-1, 2), bridge_share=inputs.bridge_share,
            )
        except Infeasible as error:
            failure = failure or _told(error, given)
            continue
        except ScoringError as error:
            return Outcome(np.empty((0, 2), np.int64), {}, str(error))
        return Outcome(made.pairs, _report(made, inputs, keep), "")
    return Outcome(np.empty((0, 2), np.int64), {}, failure)


def fitness(given: Design) -> npt.NDArray[np.float64]:
    """Affinity of every entry (row) and judge (column), 0..1: theme expertise and a shared language.

    A judge or an entry of whom nothing is known counts as fitting, so that silence costs nobody.
    """
    expert = np.array([not j.expertise or not given.theme or given.theme in j.expertise for j in given.judges])
    tongues = sorted({entry[2] for entry in given.entries})
    reads = np.array([
        [not tongue or not judge.languages or tongue in judge.languages for judge in given.judges]
        for tongue in tongues
    ])
    spoken = np.array([tongues.index(entry[2]) for entry in given.entries], dtype=np.int64)
    return EXPERTISE * expert[None, :] + LANGUAGE * reads[spoken].astype(np.float64)


def _loads(
    total: int, capacity: npt.NDArray[np.int64], held: npt.NDArray[np.int64]
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Least and most entries per judge to try, the evenest first."""
    level = 0
    while level < int(capacity.max(initial=0)) and int(np.minimum(capacity, level + 1).sum()) <= total:
        level += 1
    tries = []
    for slack in (0, 1, max(2, level // 4)):
        low = np.minimum(capacity, max(level - slack, 0))
        high = np.maximum(np.minimum(capacity, level + 1 + slack), held)
        tries.append((np.minimum(low, high), high))
    tries.append((np.zeros_like(capacity), capacity))
    return tries


def _told(error: Infeasible, given: Design) -> str:
    """The solver's reason with judges and entries named as the page names them."""
    lines = []
    for line in error.constraints[:5]:
        words: list[str] = []
        for word in line.replace(":", " :").split():
            if words and words[-1] in {"judge", "entry"} and word.isdigit():
                at = int(word)
                word = str(given.judges[at].number) if words[-1] == "judge" else given.entries[at][1]
            words.append(word)
        lines.append(" ".join(words).replace(" :", ":"))
    return "; ".join([str(error).split(":")[0], *lines])


def _report(made: Any, inputs: Inputs, keep: list[tuple[int, int]]) -> dict[str, Any]:
    given = inputs.design
    kept = np.bincount([judge for _entry, judge in keep], minlength=len(given.judges))
    standing = {(one.entry_id, one.seat_id) for one in given.begun}
    pairs = {(given.entries[e][0], given.judges[j].id) for e, j in made.pairs.tolist()}
    return {
        "entries": len(given.entries), "judges": len(given.judges), "pairs": len(made.pairs),
        "new": len(pairs - standing), "kept": len(pairs & standing), "dropped": len(standing - pairs),
        "floor": round(float(np.nan_to_num(made.floor)), 4),
        "fair_floor": round(float(np.nan_to_num(made.fair_floor, posinf=1.0, neginf=0.0)), 4),
        "mean_affinity": round(made.total / max(len(made.pairs), 1), 4),
        "components": int(made.linkage.n_components), "bridges": len(made.bridges),
        "se_mean": round(float(made.expected_se.mean()), 3), "se_max": round(float(made.expected_se.max()), 3),
        "loads": [
            {"seat": judge.number, "load": int(load), "kept": int(kept[at]), "capacity": judge.capacity}
            for at, (judge, load) in enumerate(zip(given.judges, made.loads, strict=True))
        ],
    }


def store(*, plan_id: UUID, inputs: Inputs, outcome: Outcome) -> None:
    """Keep a computed plan, or why there is none."""
    plan = db.session.get_one(AssignmentPlan, plan_id)
    plan.fingerprint = inputs.design.fingerprint
    if outcome.failure:
        plan.state, plan.report = "failed", {"failure": outcome.failure}
        return
    given = inputs.design
    plan.pairs = b"".join(given.judges[j].id.bytes + given.entries[e][0].bytes for e, j in outcome.pairs.tolist())
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
    _check_fresh(plan)
    if len(plan.pairs) // 32 <= INLINE_APPLY:
        apply_now(plan_id=plan.id, actor_id=actor.id, now=now)
        return plan
    job = outbox.add(
        "judging.apply", key=str(plan.id), payload={"plan": str(plan.id), "actor": str(actor.id)}, now=now,
        owner_id=actor.id,
    )
    db.session.flush()
    plan.job_id = job.id
    return plan


def _check_fresh(plan: AssignmentPlan) -> Design:
    if plan.state != "ready":
        raise IllegalMove(_("This plan has been applied already, or was never finished."))
    present = design(plan.stage_id, with_languages=False)
    if present.fingerprint != plan.fingerprint:
        raise IllegalMove(_("Judges, entries or conflicts have changed since this plan was made. Plan again."))
    return present


def apply_now(*, plan_id: UUID, actor_id: UUID, now: datetime) -> dict[str, int]:
    """Make the assignments of a fresh plan; returns ``{"added", "taken_back"}``."""
    plan = db.session.get_one(AssignmentPlan, plan_id)
    present = _check_fresh(plan)
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
    call_id = db.session.scalars(select(Stage.call_id).where(Stage.id == plan.stage_id)).one()
    audit.record(
        "assignment.applied", chain=call_id, subject=plan.code, actor_id=actor_id, now=now, added=len(added),
        taken_back=len(dropped), settings=plan.settings,
    )
    assigning.announce(call_id=call_id, seat_ids={seat for seat, _entry in added}, now=now)
    return {"added": len(added), "taken_back": len(dropped)}
