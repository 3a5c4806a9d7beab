"""The organizer's answers to what judges flagged; the list is on the page of progress."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.models import Call
from competition.entries.routes.sealed import once_opened
from competition.judging.routes.blueprints import organizer as bp
from competition.judging.routes.organizer import progress_page
from competition.judging.service import flags as service
from competition.kernel import clock
from competition.kernel.errors import RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import ReasonForm


@bp.post("/flags/<flag_code>/answer")
@requires(Permission.PANEL_MANAGE)
@once_opened
def answer_flag(call: Call, flag_code: str) -> ResponseReturnValue:
    """Close a flag with a note that its judge reads."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return progress_page(call, answering=flag_code, reason=form), 422
    try:
        service.answer(
            call=call, flag_code=flag_code, note=form.reason.data, actor=current_actor(), now=clock.now()
        )
    except RuleBroken as error:
        form.refuse(error)
        return progress_page(call, answering=flag_code, reason=form), 422
    flash(_("Answered. The judge has a mail."), "good")
    return redirect(url_for(".progress", call_code=call.code, view=request.args.get("view")) + "#flags", 303)
