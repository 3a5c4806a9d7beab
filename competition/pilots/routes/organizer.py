"""The organizer's board of pilots and the steps of one pilot."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.models import Programme
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import BaseForm, ReasonForm, TokenForm
from competition.pilots import labels, queries
from competition.pilots.forms import AgreeForm
from competition.pilots.models import Pilot
from competition.pilots.service import progress

bp = Blueprint("pilots_organizer", __name__, url_prefix="/organizer")


@bp.get("/pilots", defaults={"programme_code": None})
@bp.get("/programmes/<programme_code>/pilots")
@requires(Permission.PILOT_BOARD)
def index(programme: Programme) -> ResponseReturnValue:
    """Every pilot of the programme by state."""
    return render_template("pilots/board.html", programme=programme, pilots=queries.board(programme.id), labels=labels)


@bp.get("/pilots/<pilot_code>")
@requires(Permission.PILOT_OVERSEE)
def show(pilot: Pilot) -> ResponseReturnValue:
    """One pilot: its state, milestones, next step."""
    return _page(pilot, TokenForm())


def _page(pilot: Pilot, form: BaseForm, dialog: str | int = "") -> str:
    """The page; ``dialog`` is the one that the form belongs to: ``fail``, ``cancel``, or a milestone's position."""
    return render_template(
        "pilots/organizer.html", view=queries.view(pilot), form=form, dialog=dialog, labels=labels, now=clock.now(),
        agree=form if isinstance(form, AgreeForm) else AgreeForm(formdata=None),
    )


def _step(
    pilot: Pilot, form: BaseForm, command: Callable[[], None], done: str, *, dialog: str | int = ""
) -> ResponseReturnValue:
    """Run a command from a form; a refusal is shown on the page with everything typed."""
    if not form.validate_on_submit():
        return _page(pilot, form, dialog), 422
    try:
        command()
    except RuleBroken as error:
        form.refuse(error)
        return _page(pilot, form, dialog), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for("pilots_organizer.show", pilot_code=pilot.code), 303)
    flash(done, "good")
    return redirect(url_for("pilots_organizer.show", pilot_code=pilot.code), 303)


@bp.post("/pilots/<pilot_code>/agree")
@requires(Permission.PILOT_MANAGE)
def agree(pilot: Pilot) -> ResponseReturnValue:
    """Record the agreement."""
    form = AgreeForm()
    zone = pilot.call.programme.zone
    return _step(pilot, form, lambda: progress.agree(
        pilot=pilot, starts_at=form.starts_at(zone), actor=current_actor(), now=clock.now()
    ), _("The agreement is recorded. Start the pilot when the team is on site."))


@bp.post("/pilots/<pilot_code>/start")
@requires(Permission.PILOT_MANAGE)
def start(pilot: Pilot) -> ResponseReturnValue:
    """The pilot runs."""
    return _step(pilot, TokenForm(), lambda: progress.start(pilot=pilot, actor=current_actor(), now=clock.now()),
                 _("The pilot is running. The team can report its milestones now."))


@bp.post("/pilots/<pilot_code>/accept")
@requires(Permission.PILOT_MANAGE)
def accept(pilot: Pilot) -> ResponseReturnValue:
    """Final acceptance."""
    return _step(pilot, TokenForm(), lambda: progress.accept(pilot=pilot, actor=current_actor(), now=clock.now()),
                 _("The pilot is accepted."))


@bp.post("/pilots/<pilot_code>/<any(fail,cancel):how>")
@requires(Permission.PILOT_MANAGE)
def close(pilot: Pilot, how: str) -> ResponseReturnValue:
    """End a pilot without acceptance, with a reason."""
    form = ReasonForm()
    command = progress.fail if how == "fail" else progress.cancel
    return _step(pilot, form, lambda: command(
        pilot=pilot, reason=form.reason.data or "", actor=current_actor(), now=clock.now()
    ), _("The pilot is closed; the reason is on record."), dialog=how)


@bp.post("/pilots/<pilot_code>/milestones/<int:position>/accept")
@requires(Permission.PILOT_MANAGE)
def accept_milestone(pilot: Pilot, position: int) -> ResponseReturnValue:
    """Accept a milestone and release its share."""
    return _step(pilot, TokenForm(), lambda: progress.accept_milestone(
        pilot=pilot, position=position, actor=current_actor(), now=clock.now()
    ), _("The milestone is accepted and its share released."))


@bp.post("/pilots/<pilot_code>/milestones/<int:position>/return")
@requires(Permission.PILOT_MANAGE)
def return_milestone(pilot: Pilot, position: int) -> ResponseReturnValue:
    """Send a report back."""
    form = ReasonForm()
    return _step(pilot, form, lambda: progress.return_milestone(
        pilot=pilot, position=position, reason=form.reason.data or "", actor=current_actor(), now=clock.now()
    ), _("The report is back with the team."), dialog=position)
