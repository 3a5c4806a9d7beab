"""The eligibility check of a team's own entry: its state, the answer to a question, an objection."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.entries import attachment_kinds, fields
from competition.entries.queries.entry_form import late_files_of
from competition.judging.eligibility_forms import AnswerForm, ObjectionForm
from competition.judging.labels import OWN_ELIGIBILITY
from competition.judging.queries.eligibility import OwnCheck
from competition.judging.routes.blueprints import team as bp
from competition.judging.service import eligibility as service
from competition.kernel import clock
from competition.kernel.errors import DomainError
from competition.kernel.files.inspection import REASONS
from competition.kernel.web.access import Permission, current_actor, requires


@bp.get("/<entry_code>/eligibility")
@requires(Permission.ELIGIBILITY_OWN)
def eligibility(own: OwnCheck) -> ResponseReturnValue:
    """Where the check of one's entry stands, and what to do."""
    return _page(own)


def _page(own: OwnCheck, *, answer: AnswerForm | None = None, objection: ObjectionForm | None = None) -> str:
    now = clock.now()
    return render_template(
        "judging/own_eligibility.html", own=own, call=own.call, check=own.check, now=now,
        state=OWN_ELIGIBILITY[own.check.state], answer=answer or AnswerForm(formdata=None),
        objection=objection or ObjectionForm(formdata=None), files=late_files_of(own.entry_id),
        slots=fields.slot_words(), reasons=REASONS, types=sorted(attachment_kinds.NEUTRAL_NAMES),
        may_answer=own.may_answer(now), may_object=own.may_object(now), entry_code=own.entry_code,
    )


@bp.post("/<entry_code>/eligibility")
@requires(Permission.ELIGIBILITY_OWN)
def eligibility_post(own: OwnCheck) -> ResponseReturnValue:
    """Answer what the organizers asked."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(own, answer=form), 422
    try:
        service.answer(own=own, text=form.answer.data, actor=current_actor(), now=clock.now())
    except DomainError as error:
        form.refuse(error)
        return _page(own, answer=form), error.status
    flash(_("Your answer is with the organizers."), "good")
    return redirect(url_for(".eligibility", entry_code=own.entry_code), 303)


@bp.post("/<entry_code>/eligibility/objection")
@requires(Permission.ELIGIBILITY_OWN)
def eligibility_object(own: OwnCheck) -> ResponseReturnValue:
    """Object to a rejection."""
    form = ObjectionForm()
    if not form.validate_on_submit():
        return _page(own, objection=form), 422
    try:
        service.object_to_rejection(own=own, text=form.objection.data, actor=current_actor(), now=clock.now())
    except DomainError as error:
        form.refuse(error)
        return _page(own, objection=form), error.status
    flash(_("Your objection is with the organizers. They decide again and reply to you."), "good")
    return redirect(url_for(".eligibility", entry_code=own.entry_code), 303)
