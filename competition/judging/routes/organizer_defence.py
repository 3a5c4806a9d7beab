"""The organizer's page of the defence: sessions, draw, schedule, panel, attendance."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls.models import Call
from competition.entries.routes.sealed import once_opened
from competition.judging.defence_forms import AttendanceForm, DrawForm, SessionForm, StagePanelForm, TimedForm
from competition.judging.labels import ATTENDANCE
from competition.judging.queries import defence as queries
from competition.judging.routes.blueprints import organizer as bp
from competition.judging.service import defence as service
from competition.kernel import clock
from competition.kernel.errors import DomainError
from competition.kernel.text.i18n import city
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import BaseForm, TokenForm, options


@bp.get("/defence")
@requires(Permission.DEFENCE_READ)
@once_opened
def defence(call: Call) -> ResponseReturnValue:
    """Everything about the defence of a call."""
    return _page(call)


def _page(call: Call, **forms: Any) -> str:
    """The page; ``forms`` are those that were sent and are shown again with their errors."""
    stage = queries.defence_stage(call)
    seats = queries.panel(call.id, stage.id) if stage else []
    panel = forms.get("panel") or StagePanelForm(
        formdata=None, data={"judge": [seat.number for seat in seats if seat.chosen]}
    )
    panel.judge.choices = _judges(seats)
    sessions = queries.sessions(stage.id) if stage else []
    return render_template(
        "judging/defence.html", call=call, stage=stage, sessions=sessions, seats=seats, now=clock.now(),
        draw=queries.draw(stage.id) if stage else None, slots=queries.schedule(stage.id) if stage else [],
        entries=queries.entry_codes(stage.id, call.id) if stage else [],
        slot_count=sum(session.places for session in sessions), attendance=ATTENDANCE,
        session_form=forms.get("session") or SessionForm(formdata=None),
        seed=forms.get("seed") or DrawForm(formdata=None),
        panel=panel, moving=forms.get("moving", ""), move=forms.get("move") or TimedForm(formdata=None),
        error=forms.get("error", ""), city=city,
    )


def _judges(seats: list[queries.PanelSeat]) -> list[Any]:
    return options(
        (seat.number, _("Judge %(number)s · %(name)s", number=seat.number, name=seat.name)) for seat in seats
    )


def _back(call: Call) -> ResponseReturnValue:
    return redirect(url_for(".defence", call_code=call.code), 303)


def _refused(call: Call, error: DomainError, name: str, form: BaseForm, **more: Any) -> ResponseReturnValue:
    form.refuse(error)
    return _page(call, **{name: form, **more}), error.status


@bp.post("/defence/sessions")
@requires(Permission.DEFENCE_MANAGE)
@once_opened
def defence_session_add(call: Call) -> ResponseReturnValue:
    """Add a session."""
    form = SessionForm()
    plan = form.plan(call.programme.zone) if form.validate_on_submit() else None
    if plan is None:
        return _page(call, session=form), 422
    try:
        service.add_session(call=call, plan=plan, actor=current_actor(), now=clock.now())
    except DomainError as error:
        return _refused(call, error, "session", form)
    flash(_("The session is added."), "good")
    return _back(call)


@bp.post("/defence/sessions/<session_code>/remove")
@requires(Permission.DEFENCE_MANAGE)
@once_opened
def defence_session_remove(call: Call, session_code: str) -> ResponseReturnValue:
    """Take a session out again."""
    service.remove_session(call=call, session_code=session_code, actor=current_actor(), now=clock.now())
    flash(_("The session is taken out."), "good")
    return _back(call)


@bp.post("/defence/sessions/<session_code>/move")
@requires(Permission.DEFENCE_MANAGE)
@once_opened
def defence_session_move(call: Call, session_code: str) -> ResponseReturnValue:
    """Give a session another time or place."""
    form = TimedForm()
    starts_at = form.instant(call.programme.zone) if form.validate_on_submit() else None
    if starts_at is None:
        return _page(call, move=form, moving=session_code), 422
    try:
        service.move_session(
            call=call, session_code=session_code, starts_at=starts_at, place=form.place.data or "",
            actor=current_actor(), now=clock.now(),
        )
    except DomainError as error:
        return _refused(call, error, "move", form, moving=session_code)
    flash(_("The session is moved. When the schedule was announced, everybody gets it anew."), "good")
    return _back(call)


@bp.post("/defence/draw")
@requires(Permission.DEFENCE_MANAGE)
@once_opened
def defence_draw(call: Call) -> ResponseReturnValue:
    """Draw the order of the entries."""
    form = DrawForm()
    if not form.validate_on_submit():
        return _page(call, seed=form), 422
    try:
        seed = service.draw(call=call, seed=form.seed.data or "", actor=current_actor(), now=clock.now())
    except DomainError as error:
        return _refused(call, error, "seed", form)
    flash(_("The order is drawn with the seed %(seed)s.", seed=seed), "good")
    return _back(call)


@bp.post("/defence/announce")
@requires(Permission.DEFENCE_MANAGE)
@once_opened
def defence_announce(call: Call) -> ResponseReturnValue:
    """Send the schedule to teams and judges."""
    if not TokenForm().validate_on_submit():
        return _page(call, error=_("This form has expired. Send it again.")), 422
    try:
        service.announce(call=call, actor=current_actor(), now=clock.now())
    except DomainError as error:
        return _page(call, error=error.message), error.status
    flash(_("Teams and judges get the schedule by mail, with a calendar file."), "good")
    return _back(call)


@bp.post("/defence/panel")
@requires(Permission.DEFENCE_MANAGE)
@once_opened
def defence_panel(call: Call) -> ResponseReturnValue:
    """Say which judges sit in the defence."""
    stage, form = queries.defence_stage(call), StagePanelForm()
    form.judge.choices = _judges(queries.panel(call.id, stage.id) if stage else [])
    if not form.validate_on_submit():
        return _page(call, panel=form), 422
    try:
        service.choose_panel(call=call, numbers=form.judge.data or [], actor=current_actor(), now=clock.now())
    except DomainError as error:
        return _refused(call, error, "panel", form)
    flash(_("Saved."), "good")
    return _back(call)


@bp.post("/defence/assign")
@requires(Permission.PANEL_MANAGE)
@once_opened
def defence_assign(call: Call) -> ResponseReturnValue:
    """Give every entry to every judge of the defence."""
    try:
        count = service.assign_all(call=call, actor=current_actor(), now=clock.now())
    except DomainError as error:
        return _page(call, error=error.message), error.status
    flash(ngettext("%(num)s assignment is added.", "%(num)s assignments are added.", count),
          "good" if count else "info")
    return _back(call)


@bp.post("/defence/attendance")
@requires(Permission.DEFENCE_MANAGE)
@once_opened
def defence_attendance(call: Call) -> ResponseReturnValue:
    """Write down whether a team came."""
    form = AttendanceForm()
    if not form.validate_on_submit():
        return _page(call, error=_("Choose one of the answers offered.")), 422
    service.record_attendance(
        call=call, entry_code=form.entry.data or "", attendance=form.attendance.data, actor=current_actor(),
        now=clock.now(),
    )
    flash(_("Saved."), "good")
    return _back(call)
