"""The pages on which a panel discusses entries once its scores are closed."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.judging.forms import NoteForm, marks
from competition.judging.queries import deliberation as queries
from competition.judging.queries.deliberation import Deliberation
from competition.judging.queries.tasks import rubric_view
from competition.judging.routes.blueprints import judge as bp
from competition.judging.service import deliberation as service
from competition.kernel import clock
from competition.kernel.errors import Missing, RuleBroken
from competition.kernel.text.points import points_text
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import ReasonForm


@bp.get("/judge/panels/<call_code>/discussion")
@requires(Permission.DELIBERATION)
def discussion(room: Deliberation) -> ResponseReturnValue:
    """The entries, those on which the panel differs most first."""
    return render_template("judging/discussion.html", room=room, rows=queries.entries(room))


@bp.get("/judge/panels/<call_code>/discussion/<entry_code>")
@requires(Permission.DELIBERATION)
def discussed(room: Deliberation, entry_code: str) -> ResponseReturnValue:
    """One entry: the scores of the panel, its notes, one's own scores to change."""
    return _page(room, entry_code)


def _page(
    room: Deliberation, entry_code: str, *, note: NoteForm | None = None, reason: ReasonForm | None = None,
    typed: dict[str, str] | None = None,
) -> str:
    view = queries.entry(room, entry_code)
    if view is None:
        raise Missing("")
    own = next((sheet for sheet in view.sheets if sheet.own), None)
    rubric = rubric_view(view.sheets[0].rubric_version_id)
    return render_template(
        "judging/discussed.html", room=room, view=view, own=own, rubric=rubric, note=note or NoteForm(formdata=None),
        reason=reason or ReasonForm(formdata=None), typed=typed if typed is not None else _values(own, rubric),
        points=points_text,
    )


def _values(own: queries.DiscussedSheet | None, rubric: Any) -> dict[str, str]:
    if own is None:
        return {}
    pairs = zip(rubric.criteria, own.scores, strict=True)
    return {criterion.key: points_text(score) if score is not None else "" for criterion, score in pairs}


def _back(room: Deliberation, entry_code: str) -> ResponseReturnValue:
    return redirect(url_for(".discussed", call_code=room.call.code, entry_code=entry_code), 303)


@bp.post("/judge/panels/<call_code>/discussion/<entry_code>/notes")
@requires(Permission.DELIBERATION)
def discussed_note(room: Deliberation, entry_code: str) -> ResponseReturnValue:
    """Write a note that the panel reads."""
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(room, entry_code, note=form), 422
    service.write_note(discussion=room, entry_code=entry_code, text=form.text.data, actor=current_actor(),
                       now=clock.now())
    flash(_("The panel can read your note."), "good")
    return _back(room, entry_code)


@bp.post("/judge/panels/<call_code>/discussion/<entry_code>/scores")
@requires(Permission.DELIBERATION)
def discussed_scores(room: Deliberation, entry_code: str) -> ResponseReturnValue:
    """Change one's own scores, with a reason."""
    view = queries.entry(room, entry_code)
    own = next((sheet for sheet in view.sheets if sheet.own), None) if view is not None else None
    if own is None:
        raise Missing("")
    rubric = rubric_view(own.rubric_version_id)
    form = ReasonForm()
    typed = {criterion.key: request.form.get(f"score-{criterion.key}", "") for criterion in rubric.criteria}
    values, errors = marks(request.form, rubric)
    if not form.validate_on_submit() or errors:
        form.form_errors.extend(errors.values())
        return _page(room, entry_code, reason=form, typed=typed), 422
    try:
        service.revise(discussion=room, entry_code=entry_code, marks=values, reason=form.reason.data,
                       actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _page(room, entry_code, reason=form, typed=typed), 422
    flash(_("Your new scores are submitted. The earlier ones stay on record with your reason."), "good")
    return _back(room, entry_code)
