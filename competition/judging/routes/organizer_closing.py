"""The page on which an organizer closes a stage: what is missing, and an answer for each of it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls.models import Call
from competition.calls.queries import current_stage
from competition.calls.wall_clock import to_instant, to_local
from competition.judging.forms import ClosingForm
from competition.judging.labels import ANSWERS, PROGRESS
from competition.judging.queries.closing import SHOWN, Gaps, gaps
from competition.judging.queries.deliberation import activity
from competition.judging.routes.blueprints import organizer as bp
from competition.judging.service import closing as service
from competition.kernel import clock
from competition.kernel.errors import DomainError
from competition.kernel.web.access import Permission, current_actor, requires


@bp.get("/closing")
@requires(Permission.PANEL_READ)
def closing(call: Call) -> ResponseReturnValue:
    """Missing sheets and entries below the quorum, each with the question what is to become of it."""
    stage = current_stage(call.id)
    form = ClosingForm(formdata=None, due_at=to_local(stage.due_at, call.programme.zone))
    return _page(call, form, gaps(stage, call))


def _page(call: Call, form: ClosingForm, lacking: Gaps) -> str:
    stage = current_stage(call.id)
    return render_template(
        "judging/closing.html", call=call, form=form, gaps=lacking, stage=stage, labels=PROGRESS,
        activity=activity(stage.id),
        answers=ANSWERS, shown=SHOWN, languages_of=call.programme.languages,
    )


@bp.post("/closing/end-discussion")
@requires(Permission.PANEL_MANAGE)
def end_discussion(call: Call) -> ResponseReturnValue:
    """Close a stage whose panel has discussed."""
    service.end_deliberation(call=call, actor=current_actor(), now=clock.now())
    flash(_("The stage is closed. Its scores can be aggregated now."), "good")
    return redirect(url_for(".progress", call_code=call.code), 303)


@bp.post("/closing")
@requires(Permission.PANEL_MANAGE)
def closing_post(call: Call) -> ResponseReturnValue:
    """Wait, replace judges, or close: as the answers say. It closes only when every answer is "close without"."""
    form, now, actor = ClosingForm(), clock.now(), current_actor()
    lacking = gaps(current_stage(call.id), call)
    if not form.validate_on_submit():
        return _page(call, form, lacking), 422
    answers = {code: form.answer(code) for code in lacking.codes}
    listed = lacking.missing_count <= SHOWN and lacking.short_count <= SHOWN
    if "" in answers.values() or not (listed or form.everything.data):
        form.say("everything", _("Answer for each missing sheet and each entry below the quorum."))
        return _page(call, form, lacking), 422
    try:
        if set(answers.values()) <= {"without"}:
            service.close(
                call=call, without=answers, without_all=form.everything.data == "without" and not listed,
                reason=form.change, actor=actor, now=now,
            )
            if current_stage(call.id).state == "discussing":
                flash(_("No more scores are taken. The panel discusses now; its judges have a mail."), "good")
                return redirect(url_for(".closing", call_code=call.code), 303)
            flash(_("The stage is closed. Its scores can be aggregated now."), "good")
            return redirect(url_for(".progress", call_code=call.code), 303)
        return _stay_open(call, form, lacking, answers)
    except DomainError as error:
        form.refuse(error)
        return _page(call, form, lacking), 422


def _stay_open(call: Call, form: ClosingForm, lacking: Gaps, answers: dict[str, str]) -> ResponseReturnValue:
    now, actor = clock.now(), current_actor()
    if "wait" in answers.values():
        if form.due_at.data is None:
            form.say("due_at", _("Say until when you wait."))
            return _page(call, form, lacking), 422
        due_at = to_instant(form.due_at.data, call.programme.zone, 0, field="due_at")
        service.extend(call=call, due_at=due_at, actor=actor, now=now)
        flash(_("Not closed: the judges who are missing have more time and a mail that says so."), "info")
    replaced = [row.code for row in lacking.missing if answers[row.code] == "replace"]
    wanted = any(answers[row.code] == "replace" for row in lacking.short)
    if replaced:
        entries = service.replace_judges(call=call, codes=replaced, actor=actor, now=now)
        flash(ngettext("Not closed: %(num)s entry needs another judge.",
                       "Not closed: %(num)s entries need other judges.", len(entries)), "info")
    if replaced or wanted:
        return redirect(url_for(".assignments", call_code=call.code), 303)
    return redirect(url_for(".closing", call_code=call.code), 303)
