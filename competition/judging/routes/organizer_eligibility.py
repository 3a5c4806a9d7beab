"""The organizer's pages of the eligibility check: all entries, one entry, many passed at once."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls.models import Call
from competition.calls.tabs import Tile, tiles
from competition.entries import plain_answers
from competition.entries.answers import complete_shape
from competition.entries.routes.sealed import once_opened
from competition.judging.eligibility_forms import AskForm, MarksForm, ReplyForm, checklist_form
from competition.judging.labels import ELIGIBILITY_STATES
from competition.judging.queries import eligibility as queries
from competition.judging.routes.blueprints import organizer as bp
from competition.judging.service import eligibility as service
from competition.judging.service import rejection
from competition.kernel import clock
from competition.kernel.errors import DomainError, Missing
from competition.kernel.files.inspection import REASONS
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import ReasonForm, TokenForm


@tiles
def _tiles(call: Call) -> list[Tile]:
    """How many entries wait for a decision, for the call's overview."""
    stage = queries.eligibility_stage(call)
    if stage is None or stage.state != "open":
        return []
    undecided = queries.counts(call).undecided
    return [Tile(_("Entries to check for eligibility"), undecided,
                 url_for("judging_organizer.eligibility", call_code=call.code), tone="warn" if undecided else "good")]


@bp.get("/eligibility")
@requires(Permission.ELIGIBILITY_READ)
@once_opened
def eligibility(call: Call) -> ResponseReturnValue:
    """The entries of the call with the state of their check."""
    return _list(call)


def _list(call: Call, error: str = "") -> str:
    view = request.args.get("view", "")
    view = view if view in ELIGIBILITY_STATES else ""
    return render_template(
        "judging/eligibility.html", call=call, stage=queries.eligibility_stage(call), counts=queries.counts(call),
        page=queries.lines(call, view, request.args.get("after")), view=view, states=ELIGIBILITY_STATES,
        passable=len(queries.passable(call)), now=clock.now(), error=error,
    )


@bp.get("/eligibility/pass")
@requires(Permission.ELIGIBILITY_READ)
@once_opened
def eligibility_pass(call: Call) -> ResponseReturnValue:
    """The entries whose every point is met, before they are passed together."""
    return render_template("judging/eligibility_pass.html", call=call, rows=queries.passable(call))


@bp.post("/eligibility/pass")
@requires(Permission.ELIGIBILITY_MANAGE)
@once_opened
def eligibility_pass_post(call: Call) -> ResponseReturnValue:
    """Pass the ticked entries; each must still have every point met."""
    ready = {row.code for row in queries.passable(call)}
    chosen = [code for code in request.form.getlist("entry") if code in ready]
    count = service.pass_entries(call=call, entry_codes=chosen, actor=current_actor(), now=clock.now())
    flash(ngettext("%(num)s entry is passed. Its team gets a mail.",
                   "%(num)s entries are passed. Their teams get a mail.", count), "good" if count else "info")
    return redirect(url_for(".eligibility", call_code=call.code), 303)


@bp.post("/eligibility/close")
@requires(Permission.ELIGIBILITY_MANAGE)
@once_opened
def eligibility_close(call: Call) -> ResponseReturnValue:
    """End the check once every entry is decided."""
    if not TokenForm().validate_on_submit():
        return redirect(url_for(".eligibility", call_code=call.code), 303)
    try:
        service.close(call=call, actor=current_actor(), now=clock.now())
    except DomainError as error:
        return _list(call, error.message), 422
    flash(_("The eligibility check is closed."), "good")
    return redirect(url_for(".eligibility", call_code=call.code), 303)


@bp.get("/eligibility/entries/<entry_code>")
@requires(Permission.ELIGIBILITY_READ)
@once_opened
def eligibility_entry(call: Call, entry_code: str) -> ResponseReturnValue:
    """One entry beside the checklist, what its team was asked and answered, and the decision."""
    return _entry(call, entry_code)


def _entry(
    call: Call, entry_code: str, *, marks: MarksForm | None = None, ask: AskForm | None = None,
    reject: ReasonForm | None = None, reply: ReplyForm | None = None,
) -> str:
    view = queries.check_view(call, entry_code)
    if view is None:
        raise Missing("")
    revision = view.entry.revision
    return render_template(
        "judging/eligibility_entry.html", call=call, view=view, check=view.check, entry=view.entry,
        stage=queries.eligibility_stage(call), states=ELIGIBILITY_STATES, now=clock.now(), reasons=REASONS,
        profile=plain_answers.profile(complete_shape(revision.answers)["profile"]) if revision else [],
        marks=marks or checklist_form(call, view.check), ask=ask or AskForm(formdata=None),
        reject=reject or ReasonForm(formdata=None), reply=reply or ReplyForm(formdata=None),
        next_code=queries.next_undecided(call, entry_code),
    )


@bp.post("/eligibility/entries/<entry_code>")
@requires(Permission.ELIGIBILITY_MANAGE)
@once_opened
def eligibility_entry_post(call: Call, entry_code: str) -> ResponseReturnValue:
    """Store which points are met."""
    form = checklist_form(call)
    if not form.validate_on_submit():
        return _entry(call, entry_code, marks=form), 422
    try:
        service.save_marks(
            call=call, entry_code=entry_code, marks=form.marks(), note=form.note.data or "",
            version=form.seen_version, actor=current_actor(), now=clock.now(),
        )
    except DomainError as error:
        form.refuse(error)
        return _entry(call, entry_code, marks=form), error.status
    flash(_("Saved."), "good")
    return _back(call, entry_code)


def _back(call: Call, entry_code: str) -> ResponseReturnValue:
    return redirect(url_for(".eligibility_entry", call_code=call.code, entry_code=entry_code), 303)


@bp.post("/eligibility/entries/<entry_code>/ask")
@requires(Permission.ELIGIBILITY_MANAGE)
@once_opened
def eligibility_ask(call: Call, entry_code: str) -> ResponseReturnValue:
    """Ask the team for what is missing."""
    form = AskForm()
    if not form.validate_on_submit():
        return _entry(call, entry_code, ask=form), 422
    try:
        service.ask(call=call, entry_code=entry_code, question=form.question.data, actor=current_actor(),
                    now=clock.now())
    except DomainError as error:
        form.refuse(error)
        return _entry(call, entry_code, ask=form), error.status
    flash(_("The team is asked by mail and has %(days)s days.", days=call.answer_days), "good")
    return _back(call, entry_code)


@bp.post("/eligibility/entries/<entry_code>/pass")
@requires(Permission.ELIGIBILITY_MANAGE)
@once_opened
def eligibility_entry_pass(call: Call, entry_code: str) -> ResponseReturnValue:
    """Let one entry take part, and go on to the next that waits."""
    count = service.pass_entries(call=call, entry_codes=[entry_code], actor=current_actor(), now=clock.now())
    flash(_("Entry %(entry)s is passed.", entry=entry_code) if count else _("Nothing had changed."),
          "good" if count else "info")
    following = queries.next_undecided(call, entry_code)
    return _back(call, following or entry_code)


@bp.post("/eligibility/entries/<entry_code>/reject")
@requires(Permission.ELIGIBILITY_MANAGE)
@once_opened
def eligibility_reject(call: Call, entry_code: str) -> ResponseReturnValue:
    """Propose to reject the entry: a second person signs."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _entry(call, entry_code, reject=form), 422
    try:
        rejection.propose_rejection(
            call=call, entry_code=entry_code, reason=form.reason.data, actor=current_actor(), now=clock.now()
        )
    except DomainError as error:
        form.refuse(error)
        return _entry(call, entry_code, reject=form), error.status
    flash(_("Proposed. The entry is rejected once a second person signs; the others who may sign have a mail."), "good")
    return _back(call, entry_code)


@bp.post("/eligibility/entries/<entry_code>/uphold")
@requires(Permission.ELIGIBILITY_MANAGE)
@once_opened
def eligibility_uphold(call: Call, entry_code: str) -> ResponseReturnValue:
    """Propose to stand by a rejection after an objection: a second person signs."""
    form = ReplyForm()
    if not form.validate_on_submit():
        return _entry(call, entry_code, reply=form), 422
    try:
        rejection.propose_upholding(
            call=call, entry_code=entry_code, reply=form.reply.data, actor=current_actor(), now=clock.now()
        )
    except DomainError as error:
        form.refuse(error)
        return _entry(call, entry_code, reply=form), error.status
    flash(_("Proposed. The reply goes to the team once a second person signs."), "good")
    return _back(call, entry_code)
