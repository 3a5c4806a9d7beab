"""Decisions of one call: adjust with a reason, check the list, apply, publish."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls.models import Call
from competition.entries.money import typed
from competition.kernel import clock
from competition.kernel.access import Permission, current_actor, requires
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.forms import BaseForm
from competition.pilots import service, words
from competition.pilots.forms import AdjustForm, ApplyForm, PublishForm, ReasonForm
from competition.pilots.routes.organizer import bp
from competition.results import queries as results
from competition.results import service as deciding
from competition.results import words as result_words
from competition.results.calendar import period_end

SHOWN = 300
NAMED = ("selected", "reserve")


@bp.get("/calls/<call_code>/decisions")
@requires(Permission.RESULTS_READ)
def decisions(call: Call) -> ResponseReturnValue:
    """The call's decisions: proposed, adjusted, applied, published."""
    return _page(call, ReasonForm())


def _page(call: Call, form: BaseForm) -> str:
    outcome = request.args.get("outcome", "")
    outcomes = (outcome,) if outcome in result_words.OUTCOMES else ()
    counts = results.decision_counts(call.id)
    programme = call.programme
    return render_template(
        "pilots/decisions.html", call=call, rows=results.decisions(call.id, outcomes=outcomes, most=SHOWN),
        counts=counts, outcome=outcome, form=form, words=words, result_words=result_words,
        states={state for state, _outcome in counts}, awarded=results.awarded(programme.id), shown=SHOWN,
    )


@bp.get("/calls/<call_code>/decisions/<entry_code>")
@requires(Permission.RESULTS_READ)
def decision(call: Call, entry_code: str) -> ResponseReturnValue:
    """The form that changes one decision."""
    row = _decision(call, entry_code)
    form = AdjustForm(call.programme.currency, data={
        "outcome": row.outcome, "award": typed(row.award_minor or row.quote_minor, call.programme.currency),
        "reason": row.reason, "version": row.version,
    })
    return _adjust_page(call, row, form)


@bp.post("/calls/<call_code>/decisions/<entry_code>")
@requires(Permission.RESULTS_MANAGE)
def adjust(call: Call, entry_code: str) -> ResponseReturnValue:
    """Decide otherwise than proposed."""
    form = AdjustForm(call.programme.currency)
    if not form.validate_on_submit():
        return _adjust_page(call, _decision(call, entry_code), form), 422
    try:
        deciding.adjust(
            call=call, entry_code=entry_code, outcome=form.outcome.data, award_minor=form.award_minor,
            reason=form.reason.data or "", version=form.seen_version, actor=current_actor(), now=clock.now(),
        )
    except RuleBroken as error:
        form.refuse(error)
        return _adjust_page(call, _decision(call, entry_code), form), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for("pilots_organizer.decision", call_code=call.code, entry_code=entry_code), 303)
    flash(_("The decision is changed. The proposal stays on record beside it."), "good")
    return redirect(url_for("pilots_organizer.decisions", call_code=call.code), 303)


def _decision(call: Call, entry_code: str) -> results.DecisionView:
    row = results.decision(call.id, entry_code)
    if row is None:
        raise Missing("")
    return row


def _adjust_page(call: Call, row: results.DecisionView, form: AdjustForm) -> str:
    return render_template("pilots/adjust.html", call=call, row=row, form=form, result_words=result_words)


@bp.get("/calls/<call_code>/decisions-check")
@requires(Permission.RESULTS_READ)
def confirm(call: Call) -> ResponseReturnValue:
    """The list to read before it is applied: how many, and which."""
    return _confirm_page(call, ApplyForm(data={"checked": deciding.check_mark(call.id)}))


@bp.post("/calls/<call_code>/decisions-check")
@requires(Permission.RESULTS_MANAGE)
def apply(call: Call) -> ResponseReturnValue:
    """Apply the decisions exactly as listed."""
    form = ApplyForm()
    if not form.validate_on_submit():
        return _confirm_page(call, form), 422
    try:
        count = deciding.apply(call=call, checked=form.checked.data or "", actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        form.checked.data = deciding.check_mark(call.id)
        return _confirm_page(call, form), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for("pilots_organizer.decisions", call_code=call.code), 303)
    flash(ngettext("%(num)s decision is applied. Nobody outside sees it yet; publish it next.",
                   "%(num)s decisions are applied. Nobody outside sees them yet; publish them next.", count), "good")
    return redirect(url_for("pilots_organizer.decisions", call_code=call.code), 303)


def _confirm_page(call: Call, form: ApplyForm) -> str:
    rows = results.decisions(call.id, outcomes=NAMED)
    others = results.outcome_codes(call.id, "not_selected")
    return render_template("pilots/confirm.html", call=call, rows=rows, others=others, form=form,
                           result_words=result_words, counts=results.decision_counts(call.id))


@bp.post("/calls/<call_code>/decisions-reopen")
@requires(Permission.RESULTS_MANAGE)
def reopen(call: Call) -> ResponseReturnValue:
    """Make applied decisions pending again."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(call, form), 422
    try:
        deciding.reopen(call=call, reason=form.reason.data or "", actor=current_actor(), now=clock.now())
    except IllegalMove as error:
        flash(str(error.message), "warn")
    else:
        flash(_("The decisions are pending again."), "good")
    return redirect(url_for("pilots_organizer.decisions", call_code=call.code), 303)


@bp.get("/calls/<call_code>/publish-results")
@requires(Permission.RESULTS_READ)
def publication(call: Call) -> ResponseReturnValue:
    """What will be public, and until when the notice lasts, before it is published."""
    return _publish_page(call, PublishForm())


@bp.post("/calls/<call_code>/publish-results")
@requires(Permission.RESULTS_MANAGE)
def publish(call: Call) -> ResponseReturnValue:
    """Publish the result and begin the public notice."""
    form = PublishForm()
    if not form.validate_on_submit():
        return _publish_page(call, form), 422
    try:
        service.publish_results(call=call, note=form.note, actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _publish_page(call, form), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for("pilots_organizer.decisions", call_code=call.code), 303)
    flash(_("The result is public and the notice has begun."), "good")
    return redirect(url_for("results_public.show", call_code=call.code), 303)


def _publish_page(call: Call, form: PublishForm) -> str:
    until = period_end(clock.now(), call.notice_working_days, call.programme.zone,
                       results.calendar(call.programme_id))
    return render_template("pilots/publish.html", call=call, form=form, until=until,
                           counts=results.decision_counts(call.id),
                           rows=results.decisions(call.id, outcomes=("selected",)))
