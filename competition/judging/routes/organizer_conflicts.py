"""The organizer's pages of conflicts of interest, and of files that judges cannot get without a decision."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls.models import Call
from competition.entries.routes.sealed import once_opened
from competition.judging.forms import ChallengeForm
from competition.judging.labels import FILE_REASONS, as_sent, relation_label
from competition.judging.queries import panel as panel_queries
from competition.judging.queries import progress as progress_queries
from competition.judging.routes import present
from competition.judging.routes.blueprints import organizer as bp
from competition.judging.service import conflicts as service
from competition.judging.service import files as file_service
from competition.judging.service import interventions
from competition.kernel import clock
from competition.kernel.errors import Missing, RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import ReasonForm, options


@bp.get("/conflicts")
@requires(Permission.PANEL_READ)
@once_opened
def conflicts(call: Call) -> ResponseReturnValue:
    """Every conflict: found, declared or challenged."""
    return _page(call, _challenge_form(call, blank=True))


def _challenge_form(call: Call, *, blank: bool = False) -> ChallengeForm:
    form = ChallengeForm(formdata=None) if blank else ChallengeForm()
    form.number.choices = options(
        (row.number, _("Judge %(number)s · %(name)s", number=row.number, name=row.name))
        for row in panel_queries.panel(call).seats if row.state == "accepted"
    )
    return form


def _page(
    call: Call, form: ChallengeForm, *, lifting: tuple[int, str] | None = None, reason: ReasonForm | None = None
) -> str:
    return render_template(
        "judging/conflicts.html", call=call, form=form, relation_label=relation_label, lifting=lifting,
        reason=reason or ReasonForm(formdata=None),
        page=progress_queries.conflicts(call, request.args.get("after")),
    )


@bp.post("/conflicts")
@requires(Permission.PANEL_MANAGE)
@once_opened
def conflicts_post(call: Call) -> ResponseReturnValue:
    """Bar a judge from an entry."""
    form = _challenge_form(call)
    if not form.validate_on_submit():
        return _page(call, form), 422
    seat = panel_queries.seat_of(call.id, form.number.data)
    if seat is None:
        raise Missing("")
    actor, now = current_actor(), clock.now()
    try:
        entry = service.entry_to_bar(call, seat, form.entry_code.data)
        if interventions.has_submitted(seat.id, entry.id):
            interventions.propose_pair(act=interventions.BAR, call=call, seat=seat, entry_code=entry.code,
                                       reason=form.note.data, actor=actor, now=now)
            return present.proposed(call)
        service.challenge(call=call, seat=seat, entry_code=entry.code, note=form.note.data, actor=actor, now=now)
    except RuleBroken as error:
        form.refuse(error)
        return _page(call, form), 422
    flash(_("Judge %(number)s is barred from entry %(entry)s.", number=seat.number, entry=form.entry_code.data), "good")
    return redirect(url_for(".conflicts", call_code=call.code), 303)


@bp.post("/conflicts/find")
@requires(Permission.PANEL_MANAGE)
@once_opened
def find_conflicts(call: Call) -> ResponseReturnValue:
    """Look for ties that can be seen."""
    count = service.find(call=call, actor=current_actor(), now=clock.now())
    flash(ngettext("%(num)s new conflict found.", "%(num)s new conflicts found.", count), "good")
    return redirect(url_for(".conflicts", call_code=call.code), 303)


@bp.post("/conflicts/<int:number>/<entry_code>/undo")
@requires(Permission.PANEL_MANAGE)
@once_opened
def lift_conflict(call: Call, number: int, entry_code: str) -> ResponseReturnValue:
    """Lift a conflict, with a reason."""
    seat = panel_queries.seat_of(call.id, number)
    if seat is None:
        raise Missing("")
    form = ReasonForm()
    try:
        if not form.validate_on_submit():
            return _refused_lift(call, number, entry_code, form)
        actor, now = current_actor(), clock.now()
        if interventions.has_submitted(seat.id, service.conflict_of(call, seat, entry_code).entry_id):
            interventions.propose_pair(act=interventions.LIFT, call=call, seat=seat, entry_code=entry_code,
                                       reason=form.reason.data, actor=actor, now=now)
            return present.proposed(call)
        service.undo(call=call, seat=seat, entry_code=entry_code, reason=form.reason.data, actor=actor, now=now)
    except RuleBroken as error:
        form.refuse(error)
        return _refused_lift(call, number, entry_code, form)
    flash(_("Lifted. Judge %(number)s is asked again before entry %(entry)s opens.", number=number, entry=entry_code),
          "good")
    return redirect(url_for(".conflicts", call_code=call.code), 303)


def _refused_lift(call: Call, number: int, entry_code: str, form: ReasonForm) -> ResponseReturnValue:
    blank = _challenge_form(call, blank=True)
    return _page(call, blank, lifting=(number, entry_code), reason=form), 422


@bp.get("/judge-files")
@requires(Permission.PANEL_READ)
@once_opened
def judge_files(call: Call) -> ResponseReturnValue:
    """Files whose metadata cannot be removed by us: look, then show or withhold."""
    return render_template(
        "judging/files.html", call=call, page=progress_queries.files(call, request.args.get("after")),
        reasons=FILE_REASONS, as_sent=as_sent,
    )


@bp.post("/judge-files/<file_code>")
@requires(Permission.PANEL_MANAGE)
@once_opened
def decide_file(call: Call, file_code: str) -> ResponseReturnValue:
    show = request.form.get("decision") == "show"
    file_service.decide(call=call, attachment_code=file_code, show=show, actor=current_actor(), now=clock.now())
    flash(_("Judges will get this file.") if show else _("Judges will not see this file."), "good")
    return redirect(url_for(".judge_files", call_code=call.code), 303)
