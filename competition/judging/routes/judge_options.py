"""What a judge can do with an entry besides scoring it: flag, note, skip, abstain, undo a submission."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from competition.judging.forms import AbstainForm, FlagForm
from competition.judging.labels import FLAGS
from competition.judging.queries import entry_for_judge, flags, judge_queue, tasks
from competition.judging.queries.tasks import Task
from competition.judging.routes.blueprints import judge as bp
from competition.judging.service import flags as flag_service
from competition.judging.service import own_queue, sheets
from competition.kernel import clock
from competition.kernel.errors import DomainError, IllegalMove, RuleBroken
from competition.kernel.web import autosave
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import tidy


@bp.get("/judge/<assignment_code>/options")
@requires(Permission.ENTRY_JUDGE)
def options(task: Task) -> ResponseReturnValue:
    """The forms, and what the organizers answered to earlier flags."""
    flag = FlagForm(formdata=None)
    if request.args.get("kind") in FLAGS:
        flag.kind.data = request.args["kind"]
    return _page(task, flag, AbstainForm(formdata=None))


def _page(task: Task, flag: FlagForm, abstaining: AbstainForm) -> str:
    return render_template(
        "judging/options.html", task=task, flag=flag, abstaining=abstaining, flags=flags.of_task(task.id),
        kinds=FLAGS, zone=entry_for_judge.zone_of(task), open=task.scoring_open(clock.now()),
    )


@bp.post("/judge/<assignment_code>/options")
@requires(Permission.ENTRY_JUDGE)
def options_post(task: Task) -> ResponseReturnValue:
    """Tell the organizers something about the entry."""
    form = FlagForm()
    if not form.validate_on_submit():
        return _page(task, form, AbstainForm(formdata=None)), 422
    try:
        flag_service.raise_flag(
            task=task, kind=form.kind.data, text=form.text.data, actor=current_actor(), now=clock.now()
        )
    except DomainError as error:
        form.refuse(error)
        return _page(task, form, AbstainForm(formdata=None)), error.status
    flash(_("Thank you. The organizers have a mail, and their answer comes to you by mail, too."), "good")
    return redirect(url_for(".score", assignment_code=task.code), 303)


@bp.get("/judge/<assignment_code>/abstain")
@requires(Permission.ENTRY_JUDGE)
def abstain(task: Task) -> ResponseReturnValue:
    """The address in the bar after a refusal: loaded again, it shows the forms."""
    return redirect(url_for(".options", assignment_code=task.code), 303)


@bp.post("/judge/<assignment_code>/abstain")
@requires(Permission.ENTRY_JUDGE)
def abstain_post(task: Task) -> ResponseReturnValue:
    """Leave the entry to others, without a tie to it."""
    form = AbstainForm()
    if not form.validate_on_submit():
        return _page(task, FlagForm(formdata=None), form), 422
    try:
        own_queue.abstain(task=task, reason=form.reason.data, actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _page(task, FlagForm(formdata=None), form), 422
    flash(_("You have abstained from entry %(entry)s; the organizers have been told.", entry=task.entry_code), "good")
    return next_page(task)


@bp.post("/judge/<assignment_code>/abstain/undo")
@requires(Permission.ABSTENTION_UNDO)
def undo_abstention(task: Task) -> ResponseReturnValue:
    """Take the abstention back; the question about ties comes first again."""
    own_queue.undo_abstention(task=task, actor=current_actor(), now=clock.now())
    flash(_("You judge entry %(entry)s after all; the organizers have been told.", entry=task.entry_code), "good")
    return redirect(url_for(".declare", assignment_code=task.code), 303)


@bp.post("/judge/<assignment_code>/skip")
@requires(Permission.ENTRY_JUDGE)
def skip(task: Task) -> ResponseReturnValue:
    """Put the entry at the end of the queue and go on with the next one."""
    target = next_page(task)
    own_queue.skip(task=task)
    flash(_("Entry %(entry)s is at the end of your queue now.", entry=task.entry_code), "good")
    return target


@bp.post("/judge/<assignment_code>/note")
@requires(Permission.ENTRY_JUDGE)
def note(task: Task) -> ResponseReturnValue:
    """Keep the judge's own note: by the page's script as it is typed, or by its button."""
    now = clock.now()
    try:
        own_queue.write_note(task=task, text=tidy(request.form.get("note", "")), now=now)
    except RuleBroken as error:
        if autosave.by_script():
            return autosave.refused(error)
        flash(str(error.message), "warn")
        return redirect(url_for(".score", assignment_code=task.code), 303)
    if autosave.by_script():
        return autosave.saved(version=0, at=now)
    flash(_("Your note is saved. Nobody else reads it."), "good")
    return redirect(url_for(".score", assignment_code=task.code), 303)


@bp.post("/judge/<assignment_code>/take-back")
@requires(Permission.ENTRY_JUDGE)
def take_back(task: Task) -> ResponseReturnValue:
    """Undo a submission of a moment ago; too late, it says so and what can be done instead."""
    try:
        sheets.take_back(task=task, actor=current_actor(), now=clock.now())
    except IllegalMove as error:
        flash(str(error.message), "warn")
        return redirect(url_for(".options", assignment_code=task.code, kind="reopen"), 303)
    flash(_("Taken back: the scores for entry %(entry)s are a draft again and do not count.", entry=task.entry_code),
          "good")
    return redirect(url_for(".score", assignment_code=task.code), 303)


def next_page(task: Task, *, submitted: bool = False) -> Response:
    """The next entry, or the queue when there is none; after a submission it offers to undo that."""
    code, undo = judge_queue.neighbour(task), task.code if submitted else None
    if code is None:
        return redirect(url_for("judging_judge.queue", call=task.call_code, undo=undo), 303)
    return redirect(url_for("judging_judge.score", assignment_code=code, undo=undo), 303)


def undoable() -> Task | None:
    """The task that was submitted on the page before this one, as long as that can be undone."""
    code = request.args.get("undo")
    task = tasks.own_task(current_actor(), code) if code else None
    if task is None or task.submitted_at is None or clock.now() - task.submitted_at > sheets.TAKE_BACK:
        return None
    return task
