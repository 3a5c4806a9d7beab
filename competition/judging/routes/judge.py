"""A judge's pages: the queue, the conflict question, the scoring screen. None of them names a team."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import NoResultFound

from competition.calls.queries import RubricView
from competition.judging.forms import DeclareForm, marks
from competition.judging.models import Seat
from competition.judging.queries import entry_for_judge, flags, judge_queue, panel, receipts, tasks
from competition.judging.queries.tasks import Task
from competition.judging.routes import present
from competition.judging.routes.blueprints import judge as bp
from competition.judging.routes.judge_options import next_page, undoable
from competition.judging.service import conflicts, sheets
from competition.judging.service import panel as panel_service
from competition.kernel import clock
from competition.kernel.data.ids import new_token
from competition.kernel.errors import DomainError, IllegalMove, Missing, RuleBroken, StaleVersion
from competition.kernel.files import storage
from competition.kernel.text.languages import html_tag
from competition.kernel.web import autosave
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import seen_version

LINK_SECONDS = 300


@bp.get("/judge")
@requires(Permission.JUDGE_QUEUE)
def queue() -> ResponseReturnValue:
    """The judge's tasks of one call, a page at a time."""
    actor, now = current_actor(), clock.now()
    seats, offered = tasks.seats_of(actor.id)
    seat = _chosen(seats, request.args.get("call"))
    view = request.args.get("view", "")
    if view not in judge_queue.VIEWS:
        view = "todo" if seat is not None and seat.open else "all"
    page = judge_queue.queue(seat.id, view, request.args.get("cursor")) if seat is not None else None
    lines = page.rows if page is not None else []
    rows = present.queue_rows(lines, seat) if seat is not None else []
    complete = (seat is not None and seat.drafts > 0 and not seat.closed
                and judge_queue.any_complete(seat.id, lines))
    return render_template(
        "judging/queue.html", seats=seats, seat=seat, view=view, page=page, now=now, complete=complete,
        undo=undoable(),
        offers=panel.open_offers(actor.email, now) if offered else (), rows=rows,
    )


def _chosen(seats: list[tasks.SeatView], code: str | None) -> tasks.SeatView | None:
    requested = [seat for seat in seats if seat.call_code == code]
    open_seats = [seat for seat in seats if seat.open]
    return next(iter([*requested, *open_seats, *seats]), None)


@bp.post("/judge/panels/<call_code>/answer")
@requires(Permission.SEAT_ANSWER)
def answer_offer(seat: Seat) -> ResponseReturnValue:
    """Accept or decline a seat from the queue, without the mail's link."""
    accepted = request.form.get("answer") == "accept"
    target = panel_service.answer_own(seat=seat, accepted=accepted, actor=current_actor(), now=clock.now())
    flash(_("Welcome to the panel.") if accepted else _("You have declined the seat."), "good")
    return redirect(target, 303)


@bp.get("/judge/submit-ready")
@requires(Permission.JUDGE_QUEUE)
def ready() -> ResponseReturnValue:
    """The complete drafts, to read before they are locked."""
    actor, now = current_actor(), clock.now()
    seat = _requested_seat(request.args.get("call"))
    complete = [task for task in tasks.drafts(actor, seat.id) if sheets.is_ready(task, now)]
    return render_template("judging/ready.html", seat=seat, tasks=complete, left=seat.drafts - len(complete))


def _requested_seat(code: str | None) -> tasks.SeatView:
    seat = _chosen(tasks.seats_of(current_actor().id)[0], code)
    if seat is None:
        raise Missing("")
    return seat


@bp.post("/judge/submit-ready")
@requires(Permission.JUDGE_QUEUE)
def ready_post() -> ResponseReturnValue:
    """Submit the drafts that were listed, as they were listed; one that changed since stays a draft."""
    actor, now = current_actor(), clock.now()
    seat = _requested_seat(request.form.get("call"))
    listed = set(request.form.getlist("sheet"))
    chosen = [task for task in tasks.drafts(actor, seat.id) if f"{task.code}:{task.seen_version}" in listed]
    count = sheets.submit_ready(tasks=chosen, actor=actor, now=now)
    left = seat.drafts - count
    if count:
        flash(ngettext("%(num)s score sheet submitted and locked.", "%(num)s score sheets submitted and locked.",
                       count), "good")
    if left:
        flash(ngettext("%(num)s draft stays a draft: it is not complete, or it changed since the list was shown.",
                       "%(num)s drafts stay drafts: they are not complete, or they changed since the list was shown.",
                       left), "warn")
    return redirect(url_for("judging_judge.queue", call=seat.call_code), 303)


@bp.get("/judge/<assignment_code>/declare")
@requires(Permission.CONFLICT_DECLARE)
def declare(task: Task) -> ResponseReturnValue:
    """The question before an entry opens. What helps to answer it is on the page: nothing that names a team."""
    return render_template("judging/declare.html", task=task, form=DeclareForm(), now=clock.now(), undo=undoable())


@bp.post("/judge/<assignment_code>/declare")
@requires(Permission.CONFLICT_DECLARE)
def declare_post(task: Task) -> ResponseReturnValue:
    form, actor, now = DeclareForm(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return render_template("judging/declare.html", task=task, form=form, now=now), 422
    if form.answer.data == "none":
        conflicts.clear(task=task, actor=actor, now=now)
        return redirect(url_for("judging_judge.score", assignment_code=task.code), 303)
    try:
        conflicts.declare(task=task, relation=form.relation.data, note=form.note.data or "", actor=actor, now=now)
    except RuleBroken as error:
        form.refuse(error)
        return render_template("judging/declare.html", task=task, form=form, now=now), 422
    flash(_("Thank you. You are recused from entry %(entry)s; the organizer has been told.", entry=task.entry_code),
          "good")
    return next_page(task)


@bp.get("/judge/<assignment_code>")
@requires(Permission.TASK_OPEN)
def score(task: Task) -> ResponseReturnValue:
    """The scoring screen; the conflict question comes first. Of a call whose result is public only the sheet."""
    if task.closed:
        rubric = tasks.rubric_view(task.sheet_rubric_id)
        return render_template("judging/closed.html", task=task, rows=present.sheet_rows(task, rubric), rubric=rubric,
                               receipt=_receipt(task))
    if task.state != "cleared":
        undo = request.args.get("undo")
        return redirect(url_for("judging_judge.declare", assignment_code=task.code, undo=undo), 303)
    return _score_page(task)


@bp.post("/judge/<assignment_code>")
@requires(Permission.ENTRY_JUDGE)
def score_post(task: Task) -> ResponseReturnValue:
    """Keep a draft: by the page's script as the judge types, or by its button, which also goes on."""
    by_script = autosave.by_script()
    rubric = _typed_rubric(task)
    typed, errors = marks(request.form, rubric)
    if errors:
        return _refused(task, typed, errors=errors, by_script=by_script)
    now = clock.now()
    try:
        version = sheets.save_draft(
            task=task, marks=typed, seen_version=seen_version(request.form.get("version")), now=now
        )
    except StaleVersion as error:
        return _stale(task, error, rubric, by_script)
    except (RuleBroken, IllegalMove) as error:
        return _refused(task, typed, error, by_script=by_script)
    if by_script and "next" not in request.form:
        return autosave.saved(version=version, at=now)
    flash(_("Draft of entry %(entry)s saved.", entry=task.entry_code), "good")
    target = next_page(task) if "next" in request.form else redirect(
        url_for("judging_judge.score", assignment_code=task.code), 303
    )
    return jsonify(url=target.location) if by_script else target


@bp.get("/judge/<assignment_code>/submit")
@requires(Permission.ENTRY_JUDGE)
def submit(task: Task) -> ResponseReturnValue:
    """The address in the bar after a refusal: loaded again, it shows the sheet."""
    return redirect(url_for(".score", assignment_code=task.code), 303)


@bp.post("/judge/<assignment_code>/submit")
@requires(Permission.ENTRY_JUDGE)
def submit_post(task: Task) -> ResponseReturnValue:
    """Lock the sheet; its scores count from now on. The page's script goes to ``url`` by itself."""
    by_script, rubric = autosave.by_script(), _typed_rubric(task)
    typed, errors = marks(request.form, rubric)
    if errors:
        return _refused(task, typed, errors=errors, by_script=by_script)
    try:
        sheets.submit(
            task=task, marks=typed, seen_version=seen_version(request.form.get("version")),
            key=request.form.get("key", "")[:64], actor=current_actor(), now=clock.now(),
        )
    except StaleVersion as error:
        return _stale(task, error, rubric, by_script)
    except (RuleBroken, IllegalMove) as error:
        return _refused(task, typed, error, by_script=by_script)
    flash(_("Scores for entry %(entry)s submitted. They are locked now and count.", entry=task.entry_code), "good")
    target = next_page(task, submitted=True)
    return jsonify(url=target.location) if by_script else target


@bp.post("/judge/<assignment_code>/adopt")
@requires(Permission.ENTRY_JUDGE)
def adopt(task: Task) -> ResponseReturnValue:
    """Go on under the new rubric or the new version of the entry."""
    sheets.adopt(task=task, actor=current_actor(), now=clock.now())
    flash(_("You are scoring the newest version now. Check what you gave before."), "good")
    return redirect(url_for("judging_judge.score", assignment_code=task.code), 303)


@bp.get("/judge/<assignment_code>/files")
@requires(Permission.ENTRY_JUDGE)
def files(task: Task) -> ResponseReturnValue:
    """The list of files alone: the page asks for it again while a copy is being made."""
    return render_template("judging/_files.html", task=task, files=entry_for_judge.files_of(task))


@bp.get("/judge/<assignment_code>/files/<int:number>")
@requires(Permission.ENTRY_JUDGE)
def file(task: Task, number: int) -> ResponseReturnValue:
    """Send the browser to a short-lived address of the judges' copy."""
    return redirect(_address(task, number, inline=False), 302)


@bp.get("/judge/<assignment_code>/files/<int:number>/address")
@requires(Permission.ENTRY_JUDGE)
def file_address(task: Task, number: int) -> ResponseReturnValue:
    """A short-lived address for what shows the file in the page."""
    return jsonify(url=_address(task, number, inline=True))


def _address(task: Task, number: int, *, inline: bool) -> str:
    copy = next((file for file in entry_for_judge.files_of(task) if file.number == number and file.key), None)
    if copy is None:
        raise Missing("")
    return storage.sign_get(
        copy.key, filename=f"{task.entry_code}-{copy.name}", content_type=copy.content_type,
        inline=inline and copy.kind != "other", seconds=LINK_SECONDS,
    )


def _score_page(
    task: Task, *, typed: sheets.Marks | None = None, error: DomainError | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    now = clock.now()
    rubric = tasks.rubric_view(task.sheet_rubric_id)
    messages = dict(errors or {})
    if error is not None and error.field:
        messages.setdefault(error.field, str(error.message))
    raw = request.form if typed is not None else None
    read = entry_for_judge.entry_for(task)
    criteria = present.criteria(rubric, task, raw, read.floor_percent if read else 0)
    overall = present.overall(task, raw)
    ready = bool(overall.strip()) and all(isinstance(criterion.value, Decimal) for criterion in criteria)
    return render_template(
        "judging/score.html", task=task, now=now, read=read, error=error, errors=messages,
        place=judge_queue.place(task),
        criteria=criteria, overall=overall, rubric=rubric, ready=ready, guidance=present.shared_guidance(rubric),
        reading=present.reading(read.facts) if read else "", language=html_tag(read.facts.language) if read else "",
        open=task.scoring_open(now), next_code=judge_queue.neighbour(task),
        previous_code=judge_queue.neighbour(task, back=True),
        key=new_token(), changes=present.rubric_changes(task), note=flags.note_of(task.id), undo=undoable(),
        receipt=_receipt(task),
    )


def _receipt(task: Task) -> receipts.Receipt | None:
    """The receipt of the sheet as it is submitted now."""
    return next(iter(receipts.receipts_of(task.id)), None) if task.submitted else None


def _refused(
    task: Task, typed: sheets.Marks, error: DomainError | None = None, *, errors: Mapping[str, str] | None = None,
    by_script: bool = False,
) -> ResponseReturnValue:
    """The sheet again, with what is wrong with it beside its fields, and one reason at its head."""
    errors = dict(errors or {})
    error = error or RuleBroken(next(iter(errors.values())))
    if by_script:
        return autosave.refused(error, errors)
    return _score_page(task, typed=typed, error=error, errors=errors), error.status


def _stale(task: Task, error: StaleVersion, rubric: RubricView, by_script: bool) -> ResponseReturnValue:
    address = url_for("judging_judge.score", assignment_code=task.code)
    if by_script:
        return autosave.conflict(error, url=address)
    return render_template(
        "judging/conflict.html", task=task, error=error, rows=present.conflict_rows(error, rubric), form=request.form,
    ), 409


def _typed_rubric(task: Task) -> RubricView:
    """The rubric version that the page was made from; it must be one of this stage."""
    try:
        rubric = tasks.rubric_view(UUID(request.form.get("rubric", "")))
    except (ValueError, NoResultFound):
        raise Missing("") from None
    if rubric.stage_id != task.stage_id:
        raise Missing("")
    return rubric


