"""The organizer's results: aggregate, read, understand each score; the calendar of the public notice."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.models import Call, Programme
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, Missing
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import TokenForm
from competition.results import queries, service, words, words_cut
from competition.results.forms import CalendarForm
from competition.results.models import Run
from competition.results.routes.chart import cut_line, intervals

bp = Blueprint("results_organizer", __name__, url_prefix="/organizer")
JUDGES_MOST = 20
SORTS = ("rank", "-rank", "official", "-official", "calibrated", "-calibrated", "spread", "-spread")


@bp.get("/calls/<call_code>/results")
@requires(Permission.RESULTS_READ)
def show(call: Call) -> ResponseReturnValue:
    """Ranks, official and calibrated scores of the latest run, a page at a time."""
    run = queries.latest_run(call.id)
    waiting = queries.waiting_run(call.id)
    history = queries.run_history(call.id)
    page: dict[str, Any] = {"call": call, "run": run, "waiting": waiting, "history": history, "form": TokenForm(),
                            "deciding": queries.being_decided(call)}
    if run is not None:
        sort = request.args.get("sort", "rank")
        sort = sort if sort in SORTS else "rank"
        cursor = request.args.get("after")
        page |= {
            "sort": sort, "board": queries.board(run.id, sort=sort, cursor=cursor), "first": not cursor,
            "counts": queries.decision_counts(call.id),
            "changed": page["deciding"] and queries.changed_since(run),
            "cut": queries.cut(run), "cut_words": words_cut,
        }
        if not cursor:
            page |= {
                "chart": cut_line(call, run, queries.cut_dots(run)), "judges": queries.judges(run.id, most=JUDGES_MOST),
                "agreement": words.agreement_rows(run.summary.get("agreement") or {}),
                "warnings": [words.warning(item) for item in run.summary.get("warnings", [])],
                "left_out": words.left_out(run.summary.get("left_out") or {}),
                "steps": words.method_sentences(run.method, run.summary["rubric"]),
            }
    return render_template("results/organizer.html", words=words, **page)


@bp.post("/calls/<call_code>/results/runs")
@requires(Permission.RESULTS_MANAGE)
def aggregate(call: Call) -> ResponseReturnValue:
    """Ask for an aggregation; the page then shows how far it is."""
    form = TokenForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        service.request_run(call=call, actor=current_actor(), now=clock.now())
    except IllegalMove as error:
        flash(str(error.message), "warn")
    return redirect(url_for("results_organizer.show", call_code=call.code), 303)


@bp.get("/calls/<call_code>/results-judges")
@requires(Permission.RESULTS_READ)
def judges(call: Call) -> ResponseReturnValue:
    """Diagnostics of the whole panel."""
    run = _run(call)
    return render_template("results/judges.html", call=call, run=run, judges=queries.judges(run.id), words=words)


@bp.get("/calls/<call_code>/results/<entry_code>")
@requires(Permission.RESULTS_READ)
def explain(call: Call, entry_code: str) -> ResponseReturnValue:
    """How one entry's official and calibrated scores came about."""
    run = _run(call)
    found = queries.worked(run, entry_code)
    if found is None:
        raise Missing("")
    cut, decided = queries.cut(run), queries.decision(call.id, entry_code)
    outcome = decided.outcome if decided is not None and decided.run_id == run.id else ""
    return render_template("results/explain.html", call=call, run=run, found=found, words=words,
                           cut=cut, cut_words=words_cut, plot=intervals(found, cut), outcome=outcome)


def _run(call: Call) -> Run:
    run = queries.latest_run(call.id)
    if run is None:
        raise Missing("")
    return run


@bp.get("/programmes/<programme_code>/calendar")
@requires(Permission.CALENDAR_READ)
def calendar(programme: Programme) -> ResponseReturnValue:
    """Holidays and make-up days, on which working days of public notices are counted."""
    return _calendar_page(programme, CalendarForm())


@bp.post("/programmes/<programme_code>/calendar")
@requires(Permission.CALENDAR_MANAGE)
def set_day(programme: Programme) -> ResponseReturnValue:
    """Mark a day."""
    form = CalendarForm()
    if not form.validate_on_submit():
        return _calendar_page(programme, form), 422
    service.set_day(programme=programme, day=form.day.data, working=form.kind.data == "working",
                    label=form.label.data or "", actor=current_actor(), now=clock.now())
    flash(_("The calendar is saved. It counts from the next publication on."), "good")
    return redirect(url_for("results_organizer.calendar", programme_code=programme.code), 303)


@bp.post("/programmes/<programme_code>/calendar/<day>/remove")
@requires(Permission.CALENDAR_MANAGE)
def remove_day(programme: Programme, day: str) -> ResponseReturnValue:
    """Let a day follow the week again."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise Missing("") from None
    service.remove_day(programme=programme, day=found, actor=current_actor(), now=clock.now())
    flash(_("The day follows the week again."), "good")
    return redirect(url_for("results_organizer.calendar", programme_code=programme.code), 303)


def _calendar_page(programme: Programme, form: CalendarForm) -> str:
    days = queries.calendar_days(programme.id)
    return render_template("results/calendar.html", programme=programme, days=days, form=form)
