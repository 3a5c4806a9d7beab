"""The stages of a call for its organizers: how far each is, and opening the next one."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls import queries as calls
from competition.calls.models import Call
from competition.calls.stages import STATES, stage_name
from competition.entries.routes.sealed import once_opened
from competition.judging.queries import stages as queries
from competition.judging.routes.blueprints import organizer as bp
from competition.judging.service import stages as service
from competition.kernel import clock
from competition.kernel.errors import IllegalMove
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import TokenForm


@bp.get("/stages")
@requires(Permission.PANEL_READ)
def stages(call: Call) -> ResponseReturnValue:
    """Every stage with its state, its dates and its numbers."""
    rows = calls.stages(call.id)
    return render_template(
        "judging/stages.html", call=call, lines=queries.stage_lines(call), states=STATES,
        following=queries.next_to_open(rows), obstacle=queries.obstacle(call, rows),
    )


@bp.get("/stages/open")
@requires(Permission.PANEL_READ)
@once_opened
def open_stage(call: Call) -> ResponseReturnValue:
    """The entries that would take part in the next stage."""
    return _open_page(call)


def _open_page(call: Call, error: str = "") -> ResponseReturnValue:
    rows = calls.stages(call.id)
    following = queries.next_to_open(rows)
    if following is None:
        flash(queries.obstacle(call, rows), "info")
        return redirect(url_for(".stages", call_code=call.code), 303)
    body = render_template(
        "judging/stage_open.html", call=call, stage=following, name=stage_name(following, rows), error=error,
        obstacle=queries.obstacle(call, rows), page=queries.participants(following, request.args.get("after")),
        count=queries.participants_count(following),
    )
    return body, 409 if error else 200


@bp.post("/stages/open")
@requires(Permission.PANEL_MANAGE)
@once_opened
def open_stage_post(call: Call) -> ResponseReturnValue:
    if not TokenForm().validate_on_submit():
        abort(400)
    try:
        stage = service.open_next(call=call, actor=current_actor(), now=clock.now())
    except IllegalMove as error:
        return _open_page(call, str(error.message))
    flash(_("“%(stage)s” is open.", stage=stage_name(stage, calls.stages(call.id))), "good")
    return redirect(url_for(".stages", call_code=call.code), 303)
