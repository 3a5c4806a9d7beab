"""The run that an organizer's page speaks of."""

from __future__ import annotations

from competition.calls.models import Call
from competition.calls.routes.stage_choice import stage_of_page
from competition.judging.queries.sealing import sealed
from competition.kernel.errors import Missing
from competition.results.models import Run
from competition.results.queries.runs import latest_run_of


def run_of_page(call: Call) -> Run:
    """The newest run of the stage that the address names, else of the current one.

    Raises
    ------
    Missing
        Without a run, and while the scores of the stage are sealed.
    """
    stage = stage_of_page(call)
    run = latest_run_of(stage.id)
    if run is None or sealed(stage):
        raise Missing("")
    return run
