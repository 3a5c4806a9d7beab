"""The stages that a team's own entry passes through."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from competition.calls.stages import STATES
from competition.judging.queries.stages import OwnStages
from competition.judging.routes.blueprints import team as bp
from competition.kernel.web.access import Permission, requires


@bp.get("/<entry_code>/stages")
@requires(Permission.STAGES_OWN)
def own_stages(own: OwnStages) -> ResponseReturnValue:
    """What became of one's entry in each stage so far, and why."""
    return render_template("judging/own_stages.html", own=own, call=own.call, states=STATES)
