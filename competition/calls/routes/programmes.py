"""Pages that create and edit programmes, and create calls, empty or as a copy."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls import queries, wall_clock
from competition.calls.forms.fields import add_row
from competition.calls.forms.programmes import CURRENCIES, NewCallForm, ProgrammeForm
from competition.calls.models import Programme
from competition.calls.queries import organizer
from competition.calls.routes.blueprints import organizer as bp
from competition.calls.routes.edit_conflict import diff_rows
from competition.calls.service import calls as commands
from competition.calls.service import programmes
from competition.kernel import clock
from competition.kernel.errors import DomainError, RuleBroken, StaleVersion
from competition.kernel.text import i18n
from competition.kernel.text.i18n import ZONES
from competition.kernel.text.languages import LANGUAGES
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import options
from competition.kernel.web.language_fields import language_data, typed_texts


def _stored(programme: Programme | None) -> dict[str, Any]:
    """The data of the form before anything is typed; the usual values for a new programme."""
    if programme is None:
        return {"zone": ZONES[0], "languages": list(LANGUAGES), "currency": CURRENCIES[0]}
    return {
        "code": programme.code, "version": programme.version, "currency": programme.currency,
        "budget_minor": programme.budget_minor, "team_cap": programme.team_cap, "zone": programme.zone,
        "languages": programme.languages,
        "starts_at": wall_clock.to_local(programme.starts_at, programme.zone),
        "ends_at": wall_clock.to_local(programme.ends_at, programme.zone),
        "themes": [{"key": key, **language_data("label", label)} for key, label in programme.themes.items()],
        **language_data("name", programme.name), **language_data("summary", programme.summary),
    }


def _form(programme: Programme | None = None) -> ProgrammeForm:
    """The form, filled from what is stored unless something was sent."""
    data = _stored(programme)
    if request.method == "POST":
        data.pop("themes", None)  # rows that were sent stand alone; gaps are not filled from stored ones
    form = ProgrammeForm(data=data)
    form.budget_minor.currency = form.currency.data or CURRENCIES[0]
    return form


def _page(form: ProgrammeForm, programme: Programme | None, status: int = 200) -> ResponseReturnValue:
    return render_template("calls/organizer/programme.html", form=form, programme=programme,
                           languages_of=list(LANGUAGES)), status


@bp.get("/programmes/new")
@requires(Permission.PROGRAMME_CREATE)
def new_programme() -> ResponseReturnValue:
    return _page(_form(), None)


@bp.post("/programmes/new")
@requires(Permission.PROGRAMME_CREATE)
def new_programme_post() -> ResponseReturnValue:
    form = _form()
    if add_row(form) or not form.validate_on_submit():
        return _page(form, None, 422)
    try:
        programme = programmes.create_programme(code=form.code.data or "", values=form.values(), actor=current_actor(),
                                             now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _page(form, None, 422)
    flash(_("Programme %(code)s is ready. Begin its first call.", code=programme.code), "good")
    return redirect(url_for("calls_organizer.new_call", programme_code=programme.code), 303)


@bp.get("/programmes/<programme_code>")
@requires(Permission.PROGRAMME_READ)
def edit_programme(programme: Programme) -> ResponseReturnValue:
    return _page(_form(programme), programme)


@bp.post("/programmes/<programme_code>")
@requires(Permission.PROGRAMME_MANAGE)
def edit_programme_post(programme: Programme) -> ResponseReturnValue:
    form = _form(programme)
    if add_row(form) or not form.validate_on_submit():
        return _page(form, programme, 422)
    try:
        programmes.update_programme(programme=programme, values=form.values(programme), version=form.seen_version,
                                 actor=current_actor(), now=clock.now())
    except StaleVersion as error:
        rows = diff_rows(form, ProgrammeForm(formdata=None, data=_stored(programme)))
        return render_template("calls/organizer/conflict.html", rows=rows, form=form, version=error.version,
                               back=url_for("calls_organizer.edit_programme", programme_code=programme.code)), 409
    except DomainError as error:
        form.refuse(error)
        return _page(form, programme, 422)
    flash(_("Programme saved."), "good")
    return redirect(url_for("calls_organizer.index", programme=programme.code), 303)


def _call_form(programme: Programme) -> NewCallForm:
    form = NewCallForm(source=request.args.get("copy", ""))
    calls = organizer.copyable(current_actor())
    form.source.choices = options([("", _("The usual rules and rubric, empty texts"))])
    form.source.choices += options(
        (row.code, _("A copy of %(code)s %(title)s", code=row.code, title=i18n.text_in(row.title))) for row in calls
    )
    return form


@bp.get("/programmes/<programme_code>/calls/new")
@requires(Permission.PROGRAMME_MANAGE)
def new_call(programme: Programme) -> ResponseReturnValue:
    return render_template("calls/organizer/new.html", form=_call_form(programme), programme=programme)


@bp.post("/programmes/<programme_code>/calls/new")
@requires(Permission.PROGRAMME_MANAGE)
def new_call_post(programme: Programme) -> ResponseReturnValue:
    form, actor, now = _call_form(programme), current_actor(), clock.now()
    if not form.validate_on_submit():
        return render_template("calls/organizer/new.html", form=form, programme=programme), 422
    try:
        source = queries.organizer_call(actor, form.source.data) if form.source.data else None
        if source is not None:
            call = commands.copy_call(source=source, programme=programme, code=form.code.data or "", actor=actor,
                                     now=now)
        else:
            call = commands.create_call(
                programme=programme, code=form.code.data or "", title=typed_texts(form, "title"), actor=actor, now=now,
            )
    except RuleBroken as error:
        form.refuse(error)
        return render_template("calls/organizer/new.html", form=form, programme=programme), 422
    flash(_("Draft %(code)s is ready to be written.", code=call.code), "good")
    return redirect(url_for("calls_organizer.edit", call_code=call.code, section="texts"), 303)
