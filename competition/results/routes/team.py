"""A team's own published result, with the arithmetic and without the judges' identity."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from competition.kernel import clock
from competition.kernel.web.access import Permission, requires
from competition.results import words
from competition.results.queries import OwnResult

bp = Blueprint("results_team", __name__, url_prefix="/my/entries")


@bp.get("/<entry_code>/result")
@requires(Permission.RESULT_OWN)
def show(own: OwnResult) -> ResponseReturnValue:
    """Scores, comments and how the official score was computed."""
    steps = words.method_sentences(own.worked.run.method, own.worked.run.summary["rubric"])
    on_notice = own.call.state == "notice" or (own.call.state == "piloting" and clock.now() <= own.version.notice_until)
    return render_template("results/own.html", own=own, found=own.worked, steps=steps, words=words, on_notice=on_notice)
