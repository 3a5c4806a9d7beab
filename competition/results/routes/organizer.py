"""The organizer's results: aggregate, read, understand each score."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from competition.calls.lifecycle import RESULT_PUBLIC
from competition.calls.models import Call
from competition.calls.routes.stage_choice import stage_links, stage_of_page
from competition.judging.queries.interventions import interventions
from competition.judging.queries.sealing import sealed
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, Missing
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import TokenForm
from competition.results import cutoff_labels, labels
from competition.results.decision_source import source
from competition.results.queries.board import board, dots_around_cutoff, outcome_of
from competition.results.queries.board import judges as judge_lines
from competition.results.queries.cutoff import cutoff
from competition.results.queries.explanation import explanation_of
from competition.results.queries.runs import latest_run_of, run_history, waiting_run
from competition.results.queries.staleness import changed_since
from competition.results.routes.blueprints import organizer as bp
from competition.results.routes.chart import cut_line, intervals
from competition.results.routes.run_of_page import run_of_page
from competition.results.service import runs

JUDGES_MOST = 20
SORTS = ("rank", "-rank", "official", "-official", "calibrated", "-calibrated", "spread", "-spread")


@bp.get("/calls/<call_code>/results")
@requires(Permission.RESULTS_READ)
def show(call: Call) -> ResponseReturnValue:
    """Ranks, official and calibrated scores of the latest run, a page at a time."""
    stage = stage_of_page(call)
    hidden = sealed(stage)
    run = None if hidden else latest_run_of(stage.id)
    decisions = source()
    page: dict[str, Any] = {
        "call": call, "run": run, "waiting": waiting_run(stage.id), "history": run_history(stage.id),
        "stage": stage, "stage_links": stage_links(call, stage), "sealed": hidden,
        "may_aggregate": decisions.being_decided(call) and not hidden, "published": call.state in RESULT_PUBLIC,
        "outcome_labels": {outcome: str(label) for outcome, label in decisions.outcomes.items()},
    }
    if run is not None:
        sort = request.args.get("sort", "rank")
        sort = sort if sort in SORTS else "rank"
        cursor = request.args.get("after")
        page |= {
            "sort": sort, "board": board(run.id, sort=sort, cursor=cursor), "first": not cursor,
            "changed": page["may_aggregate"] and changed_since(run),
            "cutoff": cutoff(run), "cutoff_labels": cutoff_labels,
        }
        if not cursor:
            page |= {
                "chart": cut_line(call, run, dots_around_cutoff(run)), "judges": judge_lines(run.id, most=JUDGES_MOST),
                "agreement": labels.agreement_rows(run.summary.get("agreement") or {}),
                "warnings": [labels.warning(item) for item in run.summary.get("warnings", [])],
                "left_out": labels.left_out(run.summary.get("left_out") or {}),
                "steps": labels.steps(run), "done": interventions(call.id),
            }
    return render_template("results/organizer.html", labels=labels, **page)


@bp.post("/calls/<call_code>/results/runs")
@requires(Permission.RESULTS_MANAGE)
def aggregate(call: Call) -> ResponseReturnValue:
    """Ask for an aggregation; the page then shows how far it is."""
    form = TokenForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        runs.request_run(call=call, stage=stage_of_page(call), actor=current_actor(), now=clock.now())
    except IllegalMove as error:
        flash(str(error.message), "warn")
    return redirect(url_for("results_organizer.show", call_code=call.code, stage=request.args.get("stage")), 303)


@bp.get("/calls/<call_code>/results-judges")
@requires(Permission.RESULTS_READ)
def judges(call: Call) -> ResponseReturnValue:
    """Diagnostics of the whole panel."""
    run = run_of_page(call)
    return render_template("results/judges.html", call=call, run=run, judges=judge_lines(run.id), labels=labels,
                           named_stage=request.args.get("stage"))


@bp.get("/calls/<call_code>/results/<entry_code>")
@requires(Permission.RESULTS_READ)
def explain(call: Call, entry_code: str) -> ResponseReturnValue:
    """How one entry's official and calibrated scores came about."""
    run = run_of_page(call)
    explanation = explanation_of(run, entry_code)
    if explanation is None:
        raise Missing("")
    line = cutoff(run)
    return render_template(
        "results/explain.html", call=call, run=run, explanation=explanation, labels=labels, cutoff=line,
        cutoff_labels=cutoff_labels, plot=intervals(explanation, line),
        outcome=outcome_of(run.id, explanation.line.entry_id), named_stage=request.args.get("stage"),
    )
