"""Decisions of one call: adjust with a reason, check the list, apply; open and discard a correction."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls.lifecycle import CORRECTABLE
from competition.calls.models import Call
from competition.decisions import labels
from competition.decisions.forms import AdjustForm, ApplyForm
from competition.decisions.queries import decisions as queries
from competition.decisions.queries.decisions import DecisionView
from competition.decisions.queries.money import call_money, programme_money
from competition.decisions.queries.published import current_publication
from competition.decisions.routes.organizer import bp
from competition.decisions.service import corrections, decisions
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.text.money import typed
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import BaseForm, ReasonForm

SHOWN = 300
NAMED = ("selected", "reserve")


@bp.get("/calls/<call_code>/decisions")
@requires(Permission.RESULTS_READ)
def index(call: Call) -> ResponseReturnValue:
    """The call's decisions: proposed, adjusted, applied, published."""
    return _page(call, ReasonForm())


def _page(call: Call, form: BaseForm) -> str:
    outcome = request.args.get("outcome", "")
    outcomes = (outcome,) if outcome in labels.OUTCOMES else ()
    counts = queries.decision_counts(call.id)
    programme = call.programme
    return render_template(
        "decisions/index.html", call=call, current=current_publication(call.id),
        correctable=call.state in CORRECTABLE, rows=queries.decisions(call.id, outcomes=outcomes, most=SHOWN),
        counts=counts, outcome=outcome, form=form, labels=labels,
        states={state for state, _outcome in counts}, shown=SHOWN,
        programme_money=programme_money(programme.id), call_money=call_money(call),
    )


@bp.get("/calls/<call_code>/decisions/<entry_code>")
@requires(Permission.RESULTS_READ)
def decision(call: Call, entry_code: str) -> ResponseReturnValue:
    """The form that changes one decision."""
    view = _decision(call, entry_code)
    form = AdjustForm(call.programme.currency, data={
        "outcome": view.outcome,
        "award": typed(view.award_minor or view.quote_minor, call.programme.currency, grouped=False),
        "unpaid": view.outcome == "selected" and not view.award_minor and bool(view.reason),
        "reason": view.reason, "version": view.version,
    })
    return _adjust_page(call, view, form)


@bp.post("/calls/<call_code>/decisions/<entry_code>")
@requires(Permission.RESULTS_MANAGE)
def decision_post(call: Call, entry_code: str) -> ResponseReturnValue:
    """Decide otherwise than proposed."""
    form = AdjustForm(call.programme.currency)
    if not form.validate_on_submit():
        return _adjust_page(call, _decision(call, entry_code), form), 422
    try:
        decisions.adjust(
            call=call, entry_code=entry_code, outcome=form.outcome.data, award_minor=form.award_minor,
            reason=form.reason.data or "", version=form.seen_version, unpaid=bool(form.unpaid.data),
            actor=current_actor(), now=clock.now(),
        )
    except RuleBroken as error:
        form.refuse(error)
        return _adjust_page(call, _decision(call, entry_code), form), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for("decisions_organizer.decision", call_code=call.code, entry_code=entry_code), 303)
    flash(_("The decision is changed. The proposal stays on record beside it."), "good")
    return redirect(url_for("decisions_organizer.index", call_code=call.code), 303)


def _decision(call: Call, entry_code: str) -> DecisionView:
    view = queries.decision(call.id, entry_code)
    if view is None:
        raise Missing("")
    return view


def _adjust_page(call: Call, view: DecisionView, form: AdjustForm) -> str:
    return render_template("decisions/adjust.html", call=call, decision=view, form=form, labels=labels)


@bp.get("/calls/<call_code>/decisions-check")
@requires(Permission.RESULTS_READ)
def check(call: Call) -> ResponseReturnValue:
    """The list to read before it is applied: how many, and which."""
    return _check_page(call, ApplyForm(data={"checked": decisions.listing_digest(call.id)}))


@bp.post("/calls/<call_code>/decisions-check")
@requires(Permission.RESULTS_MANAGE)
def check_post(call: Call) -> ResponseReturnValue:
    """Apply the decisions exactly as listed."""
    form = ApplyForm()
    if not form.validate_on_submit():
        return _check_page(call, form), 422
    try:
        count = decisions.apply(call=call, checked=form.checked.data or "", actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        form.checked.data = decisions.listing_digest(call.id)
        return _check_page(call, form), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for("decisions_organizer.index", call_code=call.code), 303)
    flash(ngettext("%(num)s decision is applied. Nobody outside sees it yet; publish it next.",
                   "%(num)s decisions are applied. Nobody outside sees them yet; publish them next.", count), "good")
    return redirect(url_for("decisions_organizer.index", call_code=call.code), 303)


def _check_page(call: Call, form: ApplyForm) -> str:
    rows = queries.decisions(call.id, outcomes=NAMED)
    others = queries.outcome_codes(call.id, "not_selected")
    return render_template("decisions/check.html", call=call, rows=rows, others=others, form=form,
                           outdated_run=queries.outdated_run(call))


@bp.post("/calls/<call_code>/decisions-reopen")
@requires(Permission.RESULTS_MANAGE)
def reopen(call: Call) -> ResponseReturnValue:
    """Make applied decisions pending again."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(call, form), 422
    try:
        decisions.reopen(call=call, reason=form.reason.data or "", actor=current_actor(), now=clock.now())
    except IllegalMove as error:
        flash(str(error.message), "warn")
    else:
        flash(_("The decisions are pending again."), "good")
    return redirect(url_for("decisions_organizer.index", call_code=call.code), 303)


@bp.post("/calls/<call_code>/decisions-correct")
@requires(Permission.RESULTS_MANAGE)
def correct(call: Call) -> ResponseReturnValue:
    """Open the published decisions for a correction; the public sees no difference yet."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(call, form), 422
    try:
        corrections.correct(call=call, reason=form.reason.data or "", actor=current_actor(), now=clock.now())
    except IllegalMove as error:
        flash(str(error.message), "warn")
    else:
        flash(_("The decisions are open for correction. The published version stays in force until you publish the "
                "next one."), "good")
    return redirect(url_for("decisions_organizer.index", call_code=call.code), 303)


@bp.post("/calls/<call_code>/decisions-discard")
@requires(Permission.RESULTS_MANAGE)
def discard(call: Call) -> ResponseReturnValue:
    """Drop a correction and go back to what is published."""
    try:
        corrections.discard(call=call, actor=current_actor(), now=clock.now())
    except IllegalMove as error:
        flash(str(error.message), "warn")
    else:
        flash(_("The correction is discarded. The decisions are those of the published version."), "good")
    return redirect(url_for("decisions_organizer.index", call_code=call.code), 303)
