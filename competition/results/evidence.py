"""Whether the runs of a call are those that its log tells of."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from competition.extensions import db
from competition.kernel.data import evidence
from competition.results.models import Run


@evidence.check
def runs(call_id: UUID) -> Iterator[str]:
    """The digests of every finished run against its event, both ways."""
    logged = {
        event.subject: (event.data["inputs"], event.data["result"])
        for event in evidence.events_of(call_id, "results.run_finished")
    }
    rows = db.session.execute(
        select(Run.id, Run.number, Run.inputs_digest, Run.result_digest)
        .where(Run.call_id == call_id, Run.state == "done").order_by(Run.number)
    )
    for row in rows:
        if logged.pop(str(row.id), None) != (row.inputs_digest, row.result_digest):
            yield f"run {row.number}: the log has another digest, or does not tell of it"
    for run_id in sorted(logged):
        yield f"run {run_id}: the log tells of it, and it is not there"
