"""A team's own pilots: milestones to report."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.kernel import clock
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires
from competition.pilots import labels, queries
from competition.pilots.forms import ReportForm
from competition.pilots.models import Pilot
from competition.pilots.service import progress

bp = Blueprint("pilots_team", __name__, url_prefix="/my/pilots")


@bp.get("")
@requires(Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """The pilots of this person's teams."""
    return render_template("pilots/mine.html", pilots=queries.team_pilots(current_actor()), labels=labels)


@bp.get("/<pilot_code>")
@requires(Permission.PILOT_READ)
def show(pilot: Pilot) -> ResponseReturnValue:
    """One pilot with its milestones."""
    return render_template("pilots/team.html", view=queries.view(pilot), form=ReportForm(), labels=labels, reported=0)


@bp.post("/<pilot_code>/milestones/<int:position>")
@requires(Permission.PILOT_REPORT)
def report(pilot: Pilot, position: int) -> ResponseReturnValue:
    """Report a milestone."""
    form = ReportForm()
    page = {"form": form, "labels": labels, "reported": position}
    if not form.validate_on_submit():
        return render_template("pilots/team.html", view=queries.view(pilot), **page), 422
    try:
        progress.report_milestone(pilot=pilot, position=position, report=form.report.data or "", actor=current_actor(),
                                 now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return render_template("pilots/team.html", view=queries.view(pilot), **page), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
    else:
        flash(_("The milestone is reported. The organizer accepts it or says what is missing."), "good")
    return redirect(url_for("pilots_team.show", pilot_code=pilot.code), 303)
