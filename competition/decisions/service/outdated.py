"""Checks that the aggregation under a decision has read every score that counts."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _

from competition.calls.models import Call
from competition.extensions import db
from competition.kernel.errors import RuleBroken
from competition.results.models import Run
from competition.results.queries.runs import latest_run_of


class Outdated(RuleBroken):
    """Scores, judges, conflicts, entries or criteria changed since a call's aggregation."""

    def __init__(self, message: str, call: Call, run: Run) -> None:
        super().__init__(message)
        self.call_code, self.run_number = call.code, run.number


def is_current(run: Run) -> bool:
    """Whether an aggregation now would read exactly what the run read, also at the stage whose score it carries over.

    The caller has locked the call's row, for which every submission of scores waits: the answer holds until the
    caller's commit.
    """
    from competition.judging.queries.snapshot import digest_now  # with NumPy, which only decisions load

    return digest_now(run.stage_id) == run.inputs_digest and _carries_current(run)


def _carries_current(run: Run) -> bool:
    """Whether the scores that a run carries over are still those of the stage before."""
    carry = run.method.get("carry")
    if carry is None:
        return True
    earlier = latest_run_of(db.session.get_one(Run, UUID(carry["run"])).stage_id)
    return earlier is not None and earlier.result_digest == carry["digest"] and is_current(earlier)


def check_to_decide(call: Call, run: Run) -> None:
    """Before decisions are proposed or applied.

    Raises
    ------
    Outdated
        The message says how to go on.
    """
    if not is_current(run):
        raise Outdated(_("Score sheets, judges, conflicts of interest, entries or criteria have changed since run "
                         "%(number)s. Aggregate again, then select again.", number=run.number), call, run)


def check_to_publish(call: Call, run: Run) -> None:
    """Before applied decisions become public; raises as :func:`check_to_decide`."""
    if not is_current(run):
        raise Outdated(_("Score sheets, judges, conflicts of interest, entries or criteria have changed since run "
                         "%(number)s. Aggregate again, reopen the decisions and select again.", number=run.number),
                       call, run)
