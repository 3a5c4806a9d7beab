"""The organizer's pages of a panel: who judges, how far they are, whom to remind, one sheet."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.accounts import limits
from competition.calls.lifecycle import JUDGED
from competition.calls.models import Call
from competition.calls.queries import current_stage
from competition.calls.routes.stage_choice import stage_links, stage_of_page
from competition.calls.stages import panel_min, quorum
from competition.calls.tabs import Tile, tiles
from competition.entries.routes.sealed import once_opened
from competition.entries.sealing import are_sealed
from competition.extensions import limiter
from competition.judging.forms import InviteForm, ProfileForm
from competition.judging.labels import FLAGS, LANGUAGES, PROGRESS, SEAT_STATES, relation_label
from competition.judging.models import Seat
from competition.judging.queries import flags as flag_queries
from competition.judging.queries import panel as panel_queries
from competition.judging.queries import progress as progress_queries
from competition.judging.queries.sealing import sealed
from competition.judging.queries.tasks import rubric_view
from competition.judging.queries.visible_ties import Person, ties
from competition.judging.routes import present
from competition.judging.routes.blueprints import organizer as bp
from competition.judging.service import interventions, reminders
from competition.judging.service import panel as service
from competition.kernel import clock
from competition.kernel.errors import DomainError, Missing, RuleBroken
from competition.kernel.signing import Act
from competition.kernel.text.i18n import text_in
from competition.kernel.text.languages import BY_LOCALE, SOURCE
from competition.kernel.text.lists import joined
from competition.kernel.text.numbers import whole
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import ReasonForm

TIES_SHOWN = 20


def _invited_again() -> str:
    """Who gets the mail of a seat: invited again or for the first time, it counts for the same address."""
    named = request.view_args or {}
    return limits.mail_to(panel_queries.address_of(named["call_code"], named["number"]))


def _sent(response: Response) -> bool:
    return response.status_code == 303


# Judges are invited to many panels at once; what no mail was sent for is not counted.
to_judge, to_judge_again = (
    limiter.shared_limit(limits.PER_RECIPIENT, scope="panel", key_func=whom, deduct_when=_sent)
    for whom in (limits.recipient, _invited_again)
)


@tiles
def _tiles(call: Call) -> list[Tile]:
    """How far the panel is, for the call's overview."""
    if call.state not in JUDGED:
        return []
    counts, waiting = progress_queries.tiles(call), progress_queries.waiting_files(call)
    progress_url = url_for("judging_organizer.progress", call_code=call.code)
    shown = [Tile(_("Scores submitted"), _("%(done)s of %(total)s", done=counts.done, total=counts.total), progress_url,
                  tone="good" if counts.total and counts.done == counts.total else "")]
    if counts.short:
        shown.append(Tile(_("Entries with too few judges"), counts.short,
                          url_for("judging_organizer.assignments", call_code=call.code), tone="warn"))
    if waiting:
        shown.append(Tile(_("Files that wait for you"), waiting,
                          url_for("judging_organizer.judge_files", call_code=call.code), tone="warn"))
    return shown


@bp.get("/panel")
@requires(Permission.PANEL_READ)
def panel(call: Call) -> ResponseReturnValue:
    """Seats with their answers, and the form to invite."""
    return _panel(call, _invite_form(call))


@bp.post("/panel")
@requires(Permission.PANEL_MANAGE)
@to_judge
def panel_post(call: Call) -> ResponseReturnValue:
    """Invite a judge; ties to teams that entered are shown first and asked about once."""
    form = InviteForm()
    form.offer_themes(call.programme.themes, text_in)
    if not form.validate_on_submit():
        return _panel(call, form), 422
    # While the entries are sealed nobody learns who has entered; ties are looked for when entries are assigned.
    tied = [] if are_sealed(call) else ties(call.id, [Person(form.email.data, form.organisation.data or "")])
    if tied and form.confirmed.data != "yes":
        return _panel(call, form, tied=tied), 422
    try:
        seat = service.invite_judge(
            call=call, email=form.email.data, profile=_profile(form), lang=form.locale.data, actor=current_actor(),
            now=clock.now(),
        )
    except DomainError as error:
        form.refuse(error)
        return _panel(call, form), 422
    flash(_("Judge %(number)s is invited: %(email)s has a mail with the link.", number=seat.number, email=seat.email),
          "good")
    return redirect(url_for(".panel", call_code=call.code), 303)


def _invite_form(call: Call) -> InviteForm:
    """An empty invitation, of the call's own theme."""
    form = InviteForm(formdata=None)
    form.offer_themes(call.programme.themes, text_in)
    if call.theme:
        form.expertise.data = [call.theme]
    return form


def _panel(
    call: Call, form: InviteForm, tied: Any = (), *, removing: int | None = None, reason: ReasonForm | None = None
) -> str:
    stage = current_stage(call.id)
    return render_template(
        "judging/panel.html", call=call, form=form, quorum=quorum(stage, call),
        least=panel_min(stage, call), view=panel_queries.panel(call), ties=tied[:TIES_SHOWN],
        tie_count=len(tied), now=clock.now(), states=SEAT_STATES, languages_of=_languages,
        relation_label=relation_label, removing=removing, reason=reason or ReasonForm(formdata=None),
    )


def _languages(codes: list[str]) -> str:
    return joined(LANGUAGES.get(code, code) for code in codes)


def _profile(form: ProfileForm) -> service.Profile:
    return service.Profile(
        form.name.data, form.organisation.data or "", form.languages.data or [], form.expertise.data or [],
        form.capacity.data,
    )


def _seat(call: Call, number: int) -> Seat:
    seat = panel_queries.seat_of(call.id, number)
    if seat is None:
        raise Missing("")
    return seat


@bp.get("/panel/<int:number>")
@requires(Permission.PANEL_READ)
def seat(call: Call, number: int) -> ResponseReturnValue:
    """What is written down about one judge."""
    panel_seat = _seat(call, number)
    form = ProfileForm(formdata=None, obj=panel_seat)
    form.offer_themes(call.programme.themes, text_in)
    return render_template("judging/seat.html", call=call, seat=panel_seat, form=form, states=SEAT_STATES)


@bp.post("/panel/<int:number>")
@requires(Permission.PANEL_MANAGE)
def seat_post(call: Call, number: int) -> ResponseReturnValue:
    panel_seat = _seat(call, number)
    form = ProfileForm()
    form.offer_themes(call.programme.themes, text_in)
    if not form.validate_on_submit():
        return render_template("judging/seat.html", call=call, seat=panel_seat, form=form, states=SEAT_STATES), 422
    service.change(call=call, seat=panel_seat, profile=_profile(form), actor=current_actor(), now=clock.now())
    flash(_("Judge %(number)s saved.", number=number), "good")
    return redirect(url_for(".panel", call_code=call.code), 303)


@bp.post("/panel/<int:number>/invite-again")
@requires(Permission.PANEL_MANAGE)
@to_judge_again
def invite_again(call: Call, number: int) -> ResponseReturnValue:
    """Send an unanswered invitation once more, with a new link."""
    service.invite_again(
        call=call, seat=_seat(call, number), lang=_locale(), actor=current_actor(),
        now=clock.now(),
    )
    flash(_("Sent again. The earlier link no longer works."), "good")
    return redirect(url_for(".panel", call_code=call.code), 303)


def _locale() -> str:
    typed = request.form.get("locale", "")
    return typed if typed in BY_LOCALE else SOURCE.locale


@bp.post("/panel/<int:number>/remove")
@requires(Permission.PANEL_MANAGE)
def remove(call: Call, number: int) -> ResponseReturnValue:
    """Take a seat away, with a reason."""
    form, panel_seat = ReasonForm(), _seat(call, number)
    if not form.validate_on_submit():
        return _panel(call, _invite_form(call), removing=number, reason=form), 422
    actor, now = current_actor(), clock.now()
    if interventions.has_submitted(panel_seat.id):
        try:
            interventions.propose_removal(call=call, seat=panel_seat, reason=form.reason.data, actor=actor, now=now)
        except DomainError as error:
            form.refuse(error)
            return _panel(call, _invite_form(call), removing=number, reason=form), 422
        return present.proposed(call)
    freed = service.remove(call=call, seat=panel_seat, reason=form.reason.data, actor=actor, now=now)
    flash(_("Judge %(number)s is removed.", number=number), "good")
    if freed:
        flash(ngettext("%(num)s entry lost a judge. Assign it again.",
                       "%(num)s entries lost a judge. Assign them again.", freed), "warn")
    return redirect(url_for(".panel", call_code=call.code), 303)


@bp.get("/progress")
@requires(Permission.PANEL_READ)
@once_opened
def progress(call: Call) -> ResponseReturnValue:
    """Tiles that filter, judges, what they flagged, entries with judge chips."""
    return progress_page(call)


def progress_page(call: Call, *, answering: str = "", reason: ReasonForm | None = None) -> str:
    """The page of progress; ``answering``: code of the flag whose answer was refused."""
    now, view, stage = clock.now(), request.args.get("view", ""), stage_of_page(call)
    judges = progress_queries.judges(call, now, stage)
    return render_template(
        "judging/progress.html", call=call, now=now, view=view, tiles=progress_queries.tiles(call, stage),
        judges=judges, entries=progress_queries.entries(call, view, request.args.get("cursor"), stage=stage),
        labels=PROGRESS, flags=flag_queries.of_call(call.id), kinds=FLAGS, answering=answering,
        reason=reason or ReasonForm(formdata=None), sealed=sealed(stage),
        waiting_files=progress_queries.waiting_files(call), late=[judge for judge in judges if judge.late],
        stage=stage, stage_links=stage_links(call, stage, "judging_organizer.progress"), quorum=quorum(stage, call),
        somebody_to_remind=any(judge.open and judge.state == "accepted" for judge in judges),
    )


@bp.get("/progress/remind")
@requires(Permission.PANEL_READ)
@once_opened
def remind(call: Call) -> ResponseReturnValue:
    """Who would get a reminder, before anything is sent."""
    chosen = _numbers(request.args.getlist("judge"))
    rows = progress_queries.reminders(call, current_stage(call.id).id, chosen or None)
    return render_template("judging/remind.html", call=call, rows=rows, now=clock.now())


@bp.post("/progress/remind")
@requires(Permission.PANEL_MANAGE)
@once_opened
def remind_post(call: Call) -> ResponseReturnValue:
    """Remind the ticked judges who still have open work."""
    count = reminders.send(
        call=call, numbers=_numbers(request.form.getlist("judge")),
        actor=current_actor(), now=clock.now(),
    )
    flash(ngettext("%(num)s judge gets a reminder.", "%(num)s judges get a reminder.", count), "good")
    return redirect(url_for(".progress", call_code=call.code), 303)


def _numbers(typed: list[str]) -> set[int]:
    return {number for raw in typed if (number := whole(raw)) is not None}


@bp.get("/sheets/<assignment_code>")
@requires(Permission.PANEL_READ)
@once_opened
def sheet(call: Call, assignment_code: str) -> ResponseReturnValue:
    """One judge's sheet for one entry, with its earlier submissions; an unfinished draft stays unseen."""
    return _sheet(call, assignment_code, ReasonForm(formdata=None))


@bp.post("/sheets/<assignment_code>/reopen")
@requires(Permission.PANEL_MANAGE)
@once_opened
def reopen(call: Call, assignment_code: str) -> ResponseReturnValue:
    """Propose that a submitted sheet goes back to its judge; another organizer signs it."""
    return _propose(call, assignment_code, interventions.REOPEN)


@bp.post("/sheets/<assignment_code>/void")
@requires(Permission.PANEL_MANAGE)
def void(call: Call, assignment_code: str) -> ResponseReturnValue:
    """Propose that a submitted sheet counts for nothing; another organizer signs it."""
    return _propose(call, assignment_code, interventions.VOID)


def _propose(call: Call, assignment_code: str, act: Act[Any]) -> ResponseReturnValue:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _sheet(call, assignment_code, form, refused=act.kind), 422
    try:
        interventions.propose_sheet(
            act=act, call=call, assignment_code=assignment_code, reason=form.reason.data, actor=current_actor(),
            now=clock.now(),
        )
    except RuleBroken as error:
        form.refuse(error)
        return _sheet(call, assignment_code, form, refused=act.kind), 422
    return present.proposed(call)


def _sheet(call: Call, assignment_code: str, form: ReasonForm, *, refused: str = "") -> str:
    sheet_view = progress_queries.sheet(call, assignment_code)
    if sheet_view is None:
        raise Missing("")
    rubric = rubric_view(sheet_view.rubric_version_id) if sheet_view.rubric_version_id else None
    return render_template(
        "judging/sheet.html", call=call, sheet=sheet_view, rubric=rubric, form=form, labels=PROGRESS,
        rows=present.sheet_rows(sheet_view, rubric), relation_label=relation_label, refused=refused,
        blank=ReasonForm(formdata=None),
    )
