"""A team's own published result, with the arithmetic and without the judges' identity."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from competition.decisions import labels
from competition.decisions.queries.own_result import OwnResult
from competition.kernel import clock
from competition.kernel.web.access import Permission, requires
from competition.results import labels as results_labels

bp = Blueprint("decisions_team", __name__, url_prefix="/my/entries")


@bp.get("/<entry_code>/result")
@requires(Permission.RESULT_OWN)
def show(own: OwnResult) -> ResponseReturnValue:
    """Scores, comments and how the official score was computed."""
    run = own.explanation.run
    on_notice = own.call.state == "notice" or (own.call.state == "piloting" and clock.now() <= own.version.notice_until)
    return render_template(
        "decisions/own.html", own=own, explanation=own.explanation, labels=labels, results_labels=results_labels,
        steps=results_labels.steps(run), on_notice=on_notice,
    )
