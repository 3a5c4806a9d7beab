"""Completing a call: what is still in the way, and the press."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.forms.programmes import PublicReasonForm
from competition.calls.lifecycle import CALL
from competition.calls.models import Call
from competition.decisions.followers import followers
from competition.decisions.routes.organizer import bp
from competition.decisions.service import completion
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires


@bp.get("/calls/<call_code>/complete")
@requires(Permission.RESULTS_READ)
def complete(call: Call) -> ResponseReturnValue:
    """What has to end first, or the dialog that completes the call."""
    if not CALL.may(call, "archive"):
        flash(_("This call is completed.") if call.state == "archived"
              else _("A call is completed once its result is public, and once only. Reload the page."), "warn")
        return redirect(url_for("calls_organizer.show", call_code=call.code), 303)
    return _page(call, PublicReasonForm(formdata=None))


@bp.post("/calls/<call_code>/complete")
@requires(Permission.RESULTS_MANAGE)
def complete_post(call: Call) -> ResponseReturnValue:
    """The call's last step."""
    form = PublicReasonForm()
    if not form.validate_on_submit():
        return _page(call, form), 422
    try:
        completion.complete(call=call, change=form.change, actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _page(call, form), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for("calls_organizer.show", call_code=call.code), 303)
    flash(_("%(code)s is completed. Its result and its pilots stay public.", code=call.code), "good")
    return redirect(url_for("calls_organizer.show", call_code=call.code), 303)


def _page(call: Call, form: PublicReasonForm) -> str:
    return render_template(
        "decisions/complete.html", call=call, programme=call.programme, form=form,
        obstacles=completion.obstacles(call, clock.now()),
        unfinished=[thing for follower in followers() for thing in follower.unfinished(call)],
    )
