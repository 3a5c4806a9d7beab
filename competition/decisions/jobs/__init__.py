"""Jobs of the decisions slice: selections, and the mail about publications."""

from __future__ import annotations

from competition.decisions.jobs import announcement, stage_mail
from competition.decisions.service.selection import SELECT, SelectArguments
from competition.kernel.jobs import outbox

__all__ = ["announcement", "select", "stage_mail"]


@outbox.handler(SELECT)
def select(job: outbox.Job, arguments: SelectArguments) -> outbox.Effects:
    """Solve the selection to its proven optimum and propose it."""
    from competition.decisions.jobs import selection  # loads NumPy and SciPy: only where a selection is computed

    return selection.select(job, arguments.selection)
