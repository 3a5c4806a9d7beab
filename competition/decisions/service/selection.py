"""Commands on selections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls.models import Call, Programme
from competition.decisions.infeasible_selection import sentences
from competition.decisions.lifecycle import SELECTION
from competition.decisions.models import Selection
from competition.decisions.queries.money import awarded
from competition.decisions.queries.selections import ready_calls, waiting_selection
from competition.decisions.service import decisions
from competition.entries.models import Entry
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.jobs import outbox
from competition.kernel.text.languages import SOURCE
from competition.kernel.text.lists import joined
from competition.kernel.web.access import Actor

BASES = ("official", "calibrated")
DRAWS = 200


@dataclass(frozen=True)
class SelectArguments:
    """The selection to compute."""

    selection: UUID


SELECT = outbox.Kind("decisions.select", SelectArguments)


@dataclass(frozen=True)
class Solved:
    """A proven optimum, ready to be stored; floats are for reading, ``digest`` is over fixed decimals."""

    objective: float
    gap: float
    budget_price: float
    spent_minor: int
    digest: str
    facts: dict[str, Any]
    proposals: Mapping[UUID, Sequence[decisions.Proposal]]  # by call
    runs: Mapping[UUID, UUID]  # call → run


def request_selection(
    *, programme: Programme, call_codes: Sequence[str], basis: str, threshold: int | None, must: Sequence[str],
    exclude: Sequence[str], actor: Actor, now: datetime,
) -> Selection:
    """Ask for the best set of entries that the programme's budget can buy.

    Parameters
    ----------
    basis
        ``calibrated`` or ``official``: which score the value is taken from.
    threshold
        Points that an entry must be worth more than; None for each call's pass mark.
    must, exclude
        Codes of entries that have to be in or can't be.

    Raises
    ------
    RuleBroken
        No call to decide, an unknown code.
    IllegalMove
        When a selection is already on its way.
    """
    db.session.refresh(programme, with_for_update={"of": Programme})
    if waiting_selection(programme.id) is not None:
        raise IllegalMove(_("A selection is already on its way. Wait until it ends."))
    ready = {call.code: call for call in ready_calls(programme.id) if call.ready}
    chosen = [code for code in call_codes if code in ready]
    if not chosen:
        raise RuleBroken(_("Choose at least one call whose scores are aggregated."), field="calls")
    if basis not in BASES:
        raise RuleBroken(_("Choose the score that decides."), field="basis")
    calls = [ready[code].id for code in chosen]
    forced, barred = _entry_codes(must, calls, "must"), _entry_codes(exclude, calls, "exclude")
    if set(forced) & set(barred):
        raise RuleBroken(_("An entry can't be both in and out."), field="exclude")
    elsewhere = awarded(programme.id, except_calls=tuple(calls))
    selection = Selection(
        id=new_id(), programme_id=programme.id, state="queued", requested_by=actor.id, created_at=now,
        budget_minor=max(0, programme.budget_minor - elsewhere), spent_minor=0, facts={},
        parameters={"calls": chosen, "basis": basis, "threshold": threshold, "must": forced, "exclude": barred,
                    "draws": DRAWS, "seed": 0},
    )
    job = outbox.add(SELECT, SelectArguments(selection=selection.id), key=str(selection.id), now=now, owner_id=actor.id)
    db.session.flush()
    selection.job_id = job
    db.session.add(selection)
    audit.record("selection.requested", chain=programme.id, subject=programme.code, actor_id=actor.id, now=now,
                 selection=selection.id, parameters=selection.parameters, budget=selection.budget_minor)
    return selection


def _entry_codes(codes: Sequence[str], calls: Sequence[UUID], field: str) -> list[str]:
    wanted = sorted({code.upper() for code in codes})
    if not wanted:
        return []
    existing = set(db.session.scalars(select(Entry.code).where(Entry.code.in_(wanted), Entry.call_id.in_(calls))))
    unknown = [code for code in wanted if code not in existing]
    if unknown:
        raise RuleBroken(_("These are no entries of the chosen calls: %(codes)s.", codes=joined(unknown)),
                         field=field)
    return wanted


def finish_selection(*, selection_id: UUID, solved: Solved, now: datetime) -> Selection:
    """Store a solution and propose its decisions."""
    selection = db.session.get_one(Selection, selection_id)
    SELECTION.advance(selection, "finish")
    selection.objective, selection.gap = solved.objective, solved.gap
    selection.budget_price, selection.spent_minor = solved.budget_price, solved.spent_minor
    selection.digest, selection.facts, selection.finished_at = solved.digest, solved.facts, now
    for call_id, proposals in solved.proposals.items():
        decisions.propose(call=db.session.get_one(Call, call_id), run_id=solved.runs[call_id], proposals=proposals,
                          source=solved.digest, actor_id=selection.requested_by, now=now)
    audit.record("selection.finished", chain=selection.programme_id, subject=str(selection.id),
                 actor_id=selection.requested_by, now=now, digest=solved.digest, spent=solved.spent_minor)
    return selection


def fail_selection(*, selection_id: UUID, reasons: Sequence[Mapping[str, Any]], now: datetime) -> Selection:
    """Store why there is no solution: as facts, which the page puts into the reader's language, and in English."""
    with force_locale(SOURCE.locale):
        english = " ".join(sentences(reasons))
    selection = db.session.get_one(Selection, selection_id)
    SELECTION.advance(selection, "fail")
    selection.facts, selection.finished_at = {"error": english, "reasons": list(reasons)}, now
    audit.record("selection.failed", chain=selection.programme_id, subject=str(selection.id),
                 actor_id=selection.requested_by, now=now, reason=english)
    return selection
