"""Publishing a call's result: its first version, or the one that replaces it, read beside it before the press."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.models import Call
from competition.decisions import labels
from competition.decisions.calendar import period_end
from competition.decisions.followers import Consequence, followers
from competition.decisions.forms import PublishForm
from competition.decisions.queries.calendar import calendar
from competition.decisions.queries.decisions import decision_counts, decisions, outdated_run
from competition.decisions.queries.published import current_publication
from competition.decisions.queries.selections import basis_of
from competition.decisions.queries.version_comparison import Change, comparison_with
from competition.decisions.routes.organizer import bp
from competition.decisions.service import publication
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.idempotency import once

RANKS_MOST = 100


@bp.get("/calls/<call_code>/publish-results")
@requires(Permission.RESULTS_READ)
def publish(call: Call) -> ResponseReturnValue:
    """What will be public, how it differs from what is, and until when the notice lasts."""
    states = {state for state, _outcome in decision_counts(call.id)}
    if states != {"applied"}:
        flash(_("This result is published. To change it, open it for correction first.") if states == {"published"}
              else _("A result is published from applied decisions. Apply them first."), "warn")
        return redirect(url_for("decisions_organizer.index", call_code=call.code), 303)
    return _page(call, PublishForm(data={"seen": publication.preview_digest(call)}))


@bp.post("/calls/<call_code>/publish-results")
@requires(Permission.RESULTS_MANAGE)
def publish_post(call: Call) -> ResponseReturnValue:
    """Publish what was read and begin the public notice; a second press of the same page changes nothing."""
    form, actor, now = PublishForm(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return _page(call, form), 422
    seen = form.seen.data or ""

    def effect() -> dict[str, Any]:
        version = publication.publish(
            call=call, note=form.note, reason=form.reason, seen=seen, actor=actor, now=now
        )
        return {"number": version.number, "restarted": version.restarted}

    try:
        with db.session.begin_nested():  # a refusal leaves no answer behind
            version = once("results.publish", actor_id=actor.id, key=seen, body=[form.note, form.reason], now=now,
                           effect=effect)
    except RuleBroken as error:
        form.refuse(error)
        form.seen.data = publication.preview_digest(call)
        return _page(call, form), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for("decisions_organizer.index", call_code=call.code), 303)
    flash(_confirmation(version), "good")
    return redirect(url_for("decisions_public.show", call_code=call.code), 303)


def _confirmation(version: dict[str, Any]) -> str:
    if version["number"] == 1:
        return _("The result is public and the notice has begun.")
    if version["restarted"]:
        return _("Version %(number)s is public and the notice has begun again.", number=version["number"])
    return _("Version %(number)s is public; the notice runs on.", number=version["number"])


def _page(call: Call, form: PublishForm) -> str:
    current = current_publication(call.id)
    comparison = None if current is None else comparison_with(current)
    changes = [] if comparison is None else comparison.decided
    restarts = current is None or bool(changes)
    until = period_end(clock.now(), call.notice_working_days, call.programme.zone,
                       calendar(call.programme_id))
    return render_template(
        "decisions/publish.html", call=call, form=form, current=current, comparison=comparison, restarts=restarts,
        until=until if restarts or current is None else current.notice_until, ranks_most=RANKS_MOST,
        consequences=_consequences(call, changes), basis=basis_of(call), labels=labels,
        counts=decision_counts(call.id), selected=decisions(call.id, outcomes=("selected",)),
        outdated_run=outdated_run(call),
    )


def _consequences(call: Call, changes: Sequence[Change]) -> dict[UUID, list[Consequence]]:
    """Entry → what its change leads to in later slices."""
    consequences: dict[UUID, list[Consequence]] = {}
    for follower in followers():
        for entry_id, consequence in follower.consequences(call, changes).items():
            consequences.setdefault(entry_id, []).append(consequence)
    return consequences
