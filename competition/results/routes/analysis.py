"""What stands beside a result, for organizers: how firm it is, and what in the judging deserves a look."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from competition.calls.models import Call
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires
from competition.results import analysis_labels, labels
from competition.results.decision_source import source
from competition.results.forms import DrawForm
from competition.results.models import Run
from competition.results.queries.analysis import fairness_of, firmness_of, named_draw, uncertain
from competition.results.queries.board import judges as judge_lines
from competition.results.routes.blueprints import organizer as bp
from competition.results.routes.run_of_page import run_of_page
from competition.results.service.draws import draw_lots


@bp.get("/calls/<call_code>/results-firmness")
@requires(Permission.RESULTS_READ)
def sensitivity(call: Call) -> ResponseReturnValue:
    """What the result hangs on: rules, judges, single grades; what more scores would settle; the lots."""
    return _page(call, run_of_page(call), DrawForm())


@bp.post("/calls/<call_code>/results-firmness")
@requires(Permission.RESULTS_MANAGE)
def sensitivity_post(call: Call) -> ResponseReturnValue:
    """Draw the lots of a call that announced a draw."""
    run, form = run_of_page(call), DrawForm()
    if not form.validate_on_submit():
        return _page(call, run, form), 422
    try:
        draw_lots(call=call, run=run, seed=form.seed.data or "", source=form.source.data or "", actor=current_actor(),
                  now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _page(call, run, form), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
    stage = request.args.get("stage")
    return redirect(url_for("results_organizer.sensitivity", call_code=call.code, stage=stage, _anchor="lots"), 303)


def _page(call: Call, run: Run, form: DrawForm) -> str:
    firm = firmness_of(run)
    return render_template(
        "results/sensitivity.html", call=call, run=run, firm=firm, form=form, labels=labels, words=analysis_labels,
        form_shown=source().being_decided(call), drawn=named_draw(run) if run.parameters.get("lottery") else [],
        uncertain=uncertain(firm.document["chances"]) if firm else [], named_stage=request.args.get("stage"),
    )


@bp.get("/calls/<call_code>/results-fairness")
@requires(Permission.RESULTS_READ)
def fairness(call: Call) -> ResponseReturnValue:
    """Patterns of score sheets that deserve a look, each with what to do, and every judge's diagnostics."""
    run = run_of_page(call)
    return render_template(
        "results/fairness.html", call=call, run=run, fair=fairness_of(run), judges=judge_lines(run.id),
        words=analysis_labels, named_stage=request.args.get("stage"),
    )
