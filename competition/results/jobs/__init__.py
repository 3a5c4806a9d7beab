"""The job of the results slice: the aggregation of a call's scores."""

from __future__ import annotations

from competition.kernel.jobs import outbox
from competition.results.service.runs import AGGREGATE, AggregateArguments


@outbox.handler(AGGREGATE)
def aggregate(job: outbox.Job, arguments: AggregateArguments) -> outbox.Effects:
    """Read the scores as they are, compute, and store the run: all of it or nothing."""
    from competition.results.jobs import aggregation  # loads NumPy and SciPy: only where scores are aggregated

    return aggregation.aggregate(job, arguments.run)
