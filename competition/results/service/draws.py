"""The public draw of a call that announced one."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls.models import Call, Stage
from competition.extensions import db
from competition.judging.queries.sealing import check_unsealed
from competition.kernel.data import audit
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Actor
from competition.results.decision_source import source as decisions
from competition.results.models import LotteryDraw, Run, RunAnalysis
from competition.results.queries.analysis import draw_of

SEED_MOST = 200


def draw_lots(*, call: Call, run: Run, seed: str, source: str, actor: Actor, now: datetime) -> LotteryDraw:
    """Draw between the entries of a run from a number that was published elsewhere: once for the same scores, however
    often they are aggregated.

    ``seed``: that number, written as it was announced; ``source``: where anybody can look it up.

    Raises
    ------
    RuleBroken
        Without a number or its source; ``field`` names it.
    IllegalMove
        When the call did not announce a draw, its scores are sealed, decisions cannot be made now, or the run needs no
        draw or has had it.
    """
    from scoring import draw  # loads SciPy: only where lots are drawn

    db.session.refresh(call, with_for_update={"of": Call})
    if not seed.strip():
        raise RuleBroken(_("Write the number from which the lots are drawn."), field="seed")
    if not source.strip():
        raise RuleBroken(_("Say where everybody can look the number up."), field="source")
    check_unsealed(db.session.get_one(Stage, run.stage_id))
    if not decisions().being_decided(call):
        raise IllegalMove(_("Lots can only be drawn while the call is being decided."))
    document = db.session.scalar(select(RunAnalysis.document).where(RunAnalysis.run_id == run.id)) or {}
    chances = (document.get("sensitivity") or {}).get("chances")
    if not run.parameters.get("lottery") or not chances:
        raise IllegalMove(_("There is nothing to draw: the call announced no draw, or everybody gets a place."))
    if draw_of(run) is not None:
        raise IllegalMove(_("The lots are drawn for these scores. A draw is never repeated."))
    hits = set(draw([float(chance) for _entry, chance in chances], seed.strip()).tolist())
    drawn = LotteryDraw(
        run_id=run.id, seed=seed.strip(), source=source.strip(), drawn_at=now, drawn_by=actor.id,
        chances=[[entry, chance, at in hits] for at, (entry, chance) in enumerate(chances)],
    )
    db.session.add(drawn)
    audit.record("results.lots_drawn", chain=call.id, subject=call.code, actor_id=actor.id, now=now, run=run.number,
                 seed=drawn.seed, source=drawn.source, drawn=len(hits))
    return drawn
