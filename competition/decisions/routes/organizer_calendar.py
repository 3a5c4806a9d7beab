"""The calendar of a programme: holidays and make-up days, on which working days of public notices are counted."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.models import Programme
from competition.decisions.forms import CalendarForm
from competition.decisions.queries.calendar import calendar_days
from competition.decisions.routes.organizer import bp
from competition.decisions.service import calendar as commands
from competition.kernel import clock
from competition.kernel.errors import Missing
from competition.kernel.web.access import Permission, current_actor, requires


@bp.get("/programmes/<programme_code>/calendar")
@requires(Permission.CALENDAR_READ)
def calendar(programme: Programme) -> ResponseReturnValue:
    """The days that differ from the week, and the form that marks another one."""
    return _page(programme, CalendarForm())


@bp.post("/programmes/<programme_code>/calendar")
@requires(Permission.CALENDAR_MANAGE)
def calendar_post(programme: Programme) -> ResponseReturnValue:
    """Mark a day."""
    form = CalendarForm()
    if not form.validate_on_submit():
        return _page(programme, form), 422
    commands.set_day(programme=programme, day=form.day.data, working=form.kind.data == "working",
                     label=form.label.data or "", actor=current_actor(), now=clock.now())
    flash(_("The calendar is saved. It counts from the next publication on."), "good")
    return redirect(url_for("decisions_organizer.calendar", programme_code=programme.code), 303)


@bp.post("/programmes/<programme_code>/calendar/<day>/remove")
@requires(Permission.CALENDAR_MANAGE)
def remove_day(programme: Programme, day: str) -> ResponseReturnValue:
    """Let a day follow the week again."""
    try:
        marked_day = date.fromisoformat(day)
    except ValueError:
        raise Missing("") from None
    commands.remove_day(programme=programme, day=marked_day, actor=current_actor(), now=clock.now())
    flash(_("The day follows the week again."), "good")
    return redirect(url_for("decisions_organizer.calendar", programme_code=programme.code), 303)


def _page(programme: Programme, form: CalendarForm) -> str:
    return render_template("decisions/calendar.html", programme=programme, days=calendar_days(programme.id), form=form)
