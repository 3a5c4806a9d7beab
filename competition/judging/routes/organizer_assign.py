"""The organizer's pages of assignment: entry by entry, or planned, looked at and applied."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.lifecycle import STAGE_OVER
from competition.calls.models import Call
from competition.calls.queries import current_stage
from competition.calls.routes.stage_choice import stage_links, stage_of_page
from competition.calls.stages import quorum, reviews
from competition.entries.routes.sealed import once_opened
from competition.judging import infeasible_plan
from competition.judging.forms import PlanForm
from competition.judging.labels import PROGRESS
from competition.judging.queries import progress as progress_queries
from competition.judging.queries.panel import panel
from competition.judging.routes.blueprints import organizer as bp
from competition.judging.service import assigning, planning
from competition.kernel import clock
from competition.kernel.errors import Missing, RuleBroken
from competition.kernel.text.numbers import whole
from competition.kernel.web.access import Permission, current_actor, requires

MATRIX_MOST = 12  # judges that fit beside an entry as tick boxes; larger panels type numbers


@bp.get("/assignments")
@requires(Permission.PANEL_READ)
@once_opened
def assignments(call: Call) -> ResponseReturnValue:
    """Entries with their judges, and the form that plans the rest."""
    form = PlanForm(formdata=None, reviews=reviews(current_stage(call.id), call))
    return _page(call, form)


def _page(call: Call, form: PlanForm, error: RuleBroken | None = None) -> str:
    view = request.args.get("view", "")
    seats, stage = panel(call), stage_of_page(call)
    return render_template(
        "judging/assignments.html", call=call, form=form, error=error, view=view, seats=seats,
        accepted=[seat for seat in seats.seats if seat.state == "accepted"], matrix_most=MATRIX_MOST,
        tiles=progress_queries.tiles(call, stage), labels=PROGRESS, stage=stage,
        entries=progress_queries.entries(call, view, request.args.get("cursor"), stage=stage),
        stage_links=stage_links(call, stage), quorum=quorum(stage, call),
        may_assign=stage.id == current_stage(call.id).id and stage.state not in STAGE_OVER,
    )


@bp.post("/assignments/plan")
@requires(Permission.PANEL_MANAGE)
@once_opened
def make_plan(call: Call) -> ResponseReturnValue:
    """A dry run: what would be assigned, without assigning it."""
    form = PlanForm()
    if not form.validate_on_submit():
        return _page(call, form), 422
    try:
        plan = planning.start(
            call=call, reviews=form.reviews.data, bridge_percent=form.bridge_percent.data or 0,
            keep_all=form.keep.data == "all", actor=current_actor(), now=clock.now(),
        )
    except RuleBroken as error:
        form.refuse(error)
        return _page(call, form, error), 422
    return redirect(url_for(".plan", call_code=call.code, plan_code=plan.code), 303)


@bp.get("/assignments/plan/<plan_code>")
@requires(Permission.PANEL_READ)
@once_opened
def plan(call: Call, plan_code: str) -> ResponseReturnValue:
    """The report of a dry run: loads, floor, expected standard error."""
    plan_view = progress_queries.plan(call, plan_code)
    if plan_view is None:
        raise Missing("")
    why = infeasible_plan.sentences(plan_view.report) if plan_view.state == "failed" else []
    return render_template("judging/plan.html", call=call, plan=plan_view, report=plan_view.report, why=why)


@bp.post("/assignments/plan/<plan_code>/apply")
@requires(Permission.PANEL_MANAGE)
@once_opened
def apply_plan(call: Call, plan_code: str) -> ResponseReturnValue:
    """Assign as planned and tell the judges."""
    applied = planning.apply(call=call, plan_code=plan_code, actor=current_actor(), now=clock.now())
    if applied.state != "applied":
        return redirect(url_for(".plan", call_code=call.code, plan_code=plan_code, applying=1), 303)
    flash(_("Assigned. Judges with new entries get a mail."), "good")
    return redirect(url_for(".assignments", call_code=call.code), 303)


@bp.post("/assignments/<entry_code>")
@requires(Permission.PANEL_MANAGE)
@once_opened
def set_judges(call: Call, entry_code: str) -> ResponseReturnValue:
    """Give one entry to the judges ticked or typed."""
    try:
        numbers = _numbers()
        added, taken = assigning.set_judges(
            call=call, entry_code=entry_code, numbers=numbers, actor=current_actor(), now=clock.now()
        )
    except RuleBroken as error:
        return _page(call, PlanForm(formdata=None, reviews=reviews(current_stage(call.id), call)), error), 422
    flash(_("Entry %(entry)s: %(added)s added, %(taken)s taken back.", entry=entry_code, added=added, taken=taken),
          "good")
    return redirect(url_for(
        ".assignments", call_code=call.code, view=request.form.get("view") or None,
        cursor=request.form.get("cursor") or None, _anchor=f"e-{entry_code}",
    ), 303)


def _numbers() -> set[int]:
    typed = request.form.get("numbers", "").replace("，", ",").replace(" ", ",")
    raw = [*request.form.getlist("judge"), *(part for part in typed.split(",") if part)]
    numbers = {part: whole(part) for part in raw}
    wrong = [part for part, number in numbers.items() if number is None]
    if wrong:
        raise RuleBroken(_("“%(part)s” is not a judge’s number. Write numbers like 1, 4, 7.", part=wrong[0][:20]))
    return {number for number in numbers.values() if number is not None}
