"""The scored stage that an organizer's page speaks of: the one that its address names, else the current one."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from competition.calls import queries
from competition.calls.models import Call, Stage
from competition.calls.stages import STATES, is_scored, stage_names
from competition.kernel.errors import Missing
from competition.kernel.text.numbers import whole


def stage_of_page(call: Call) -> Stage:
    """The scored stage that the address names by its position, else the current one.

    Raises
    ------
    Missing
        When the call has no such scored stage.
    """
    if "stage" not in request.args:
        return queries.current_stage(call.id)
    stage = queries.scored_stage(call.id, whole(request.args["stage"]))
    if stage is None:
        raise Missing("")
    return stage


def stage_links(call: Call, chosen: Stage, endpoint: str = "") -> list[dict[str, Any]]:
    """Links to the same page of each scored stage; none where a call has only one.

    ``{label, url, here, state_label}``; the page is that of ``endpoint``, by default the present one.
    """
    stages = queries.stages(call.id)
    shown = [(stage, name) for stage, name in zip(stages, stage_names(stages), strict=True) if is_scored(stage)]
    if len(shown) == 1:
        return []
    return [
        {"label": name, "here": stage.id == chosen.id, "state_label": str(STATES[stage.state]),
         "url": url_for(endpoint or str(request.endpoint), call_code=call.code, stage=stage.position)}
        for stage, name in shown
    ]
