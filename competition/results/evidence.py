"""Whether the runs of a call are those that its log tells of."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from competition.extensions import db
from competition.kernel.data import evidence
from competition.results.models import Run
from competition.results.queries.stored_lines import lines_digest


@evidence.check
def runs(call_id: UUID) -> Iterator[str]:
    """The digests of every finished run against its event, both ways; its lines are digested anew.

    Logs from before the digest of the lines was kept are passed over there.
    """
    logged = {
        event.subject: (event.data["inputs"], event.data["result"], event.data.get("lines"))
        for event in evidence.events_of(call_id, "results.run_finished")
    }
    rows = db.session.execute(
        select(Run.id, Run.number, Run.inputs_digest, Run.result_digest)
        .where(Run.call_id == call_id, Run.state == "done").order_by(Run.number)
    )
    for row in rows:
        *digests, lines = logged.pop(str(row.id), (None, None, None))
        if digests != [row.inputs_digest, row.result_digest]:
            yield f"run {row.number}: the log has another digest, or does not tell of it"
        if lines is not None and lines != lines_digest(row.id):
            yield f"run {row.number}: its lines were changed after it had finished"
    for run_id in sorted(logged):
        yield f"run {run_id}: the log tells of it, and it is not there"
