"""Publishing a call's result: its first version, or the one that replaces it, read beside it before the press."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.models import Call
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.idempotency import once
from competition.pilots import queries, service, words
from competition.pilots.forms import PublishForm
from competition.pilots.routes.organizer import bp
from competition.results import queries as results
from competition.results import service as deciding
from competition.results import words as result_words
from competition.results.calendar import period_end

RANKS_MOST = 100


@bp.get("/calls/<call_code>/publish-results")
@requires(Permission.RESULTS_READ)
def publication(call: Call) -> ResponseReturnValue:
    """What will be public, how it differs from what is, and until when the notice lasts."""
    states = {state for state, _outcome in results.decision_counts(call.id)}
    if states != {"applied"}:
        flash(_("This result is published. To change it, open it for correction first.") if states == {"published"}
              else _("A result is published from applied decisions. Apply them first."), "warn")
        return redirect(url_for("pilots_organizer.decisions", call_code=call.code), 303)
    return _page(call, PublishForm(data={"seen": deciding.reading_mark(call)}))


@bp.post("/calls/<call_code>/publish-results")
@requires(Permission.RESULTS_MANAGE)
def publish(call: Call) -> ResponseReturnValue:
    """Publish what was read and begin the public notice; a second press of the same page changes nothing."""
    form, actor, now = PublishForm(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return _page(call, form), 422
    seen = form.seen.data or ""

    def effect() -> dict[str, Any]:
        made = service.publish_results(
            call=call, note=form.note, reason=form.reason, seen=seen, actor=actor, now=now
        )
        return {"number": made.number, "restarted": made.restarted}

    try:
        with db.session.begin_nested():  # a refusal leaves no answer behind
            made = once("results.publish", actor_id=actor.id, key=seen, body=[form.note, form.reason], now=now,
                        effect=effect)
    except RuleBroken as error:
        form.refuse(error)
        form.seen.data = deciding.reading_mark(call)
        return _page(call, form), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for("pilots_organizer.decisions", call_code=call.code), 303)
    flash(_said(made), "good")
    return redirect(url_for("results_public.show", call_code=call.code), 303)


def _said(made: dict[str, Any]) -> str:
    if made["number"] == 1:
        return _("The result is public and the notice has begun.")
    if made["restarted"]:
        return _("Version %(number)s is public and the notice has begun again.", number=made["number"])
    return _("Version %(number)s is public; the notice runs on.", number=made["number"])


def _page(call: Call, form: PublishForm) -> str:
    current = results.current_publication(call.id)
    changes = None if current is None else results.compared(current)
    restarts = changes is None or bool(changes.decided)
    until = period_end(clock.now(), call.notice_working_days, call.programme.zone,
                       results.calendar(call.programme_id))
    return render_template(
        "pilots/publish.html", call=call, form=form, until=until if restarts or current is None else
        current.notice_until, current=current, changes=changes, restarts=restarts, ranks_most=RANKS_MOST,
        basis=queries.basis_of(call), pilots={} if current is None else queries.pilots_of(call.id), bound=queries.bound,
        words=words, result_words=result_words, counts=results.decision_counts(call.id),
        rows=results.decisions(call.id, outcomes=("selected",)), outdated_run=results.outdated_run(call),
    )
