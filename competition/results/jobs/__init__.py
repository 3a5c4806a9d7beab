"""The job of the results slice: the aggregation of a call's scores."""

from __future__ import annotations

from uuid import UUID

from competition.kernel.jobs import outbox
from competition.results.service.runs import AGGREGATE


@outbox.handler(AGGREGATE)
def aggregate(job: outbox.Job) -> outbox.Effects:
    """Read the scores as they are, compute, and store the run: all of it or nothing."""
    from competition.results.jobs import aggregation  # loads NumPy and SciPy: only where scores are aggregated

    return aggregation.aggregate(job, UUID(job.payload["run"]))
