"""Exports of a programme: request one, watch its progress, download it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.models import Programme
from competition.exports import queries, service
from competition.exports.forms import TABLE_NAMES, ExportForm
from competition.exports.models import Export
from competition.exports.writers import CsvWriter, XlsxWriter
from competition.kernel import clock
from competition.kernel.errors import RuleBroken
from competition.kernel.files import storage
from competition.kernel.text.i18n import text_in
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import options

bp = Blueprint("exports", __name__, url_prefix="/organizer")
LINK_SECONDS = 300


@bp.get("/exports", defaults={"programme_code": None})
@bp.get("/programmes/<programme_code>/exports")
@requires(Permission.EXPORT_READ)
def index(programme: Programme) -> ResponseReturnValue:
    """The programme's exports and the form for the next one."""
    form = _form(programme)
    form.call.data = request.args.get("call", "")
    form.table.data = form.table.data or request.args.get("table", "results")
    return _page(programme, form)


@bp.post("/programmes/<programme_code>/exports")
@requires(Permission.EXPORT)
def index_post(programme: Programme) -> ResponseReturnValue:
    """Request a file; a worker makes it."""
    form = _form(programme)
    if not form.validate_on_submit():
        return _page(programme, form), 422
    try:
        service.request_export(programme=programme, table=form.table.data, fmt=form.format.data,
                               call_code=form.call.data or "", actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _page(programme, form), 422
    return redirect(url_for("exports.index", programme_code=programme.code), 303)


@bp.get("/exports/<export_code>/download")
@requires(Permission.EXPORT_DOWNLOAD)
def download(export: Export) -> ResponseReturnValue:
    """Redirect to a link that works for five minutes."""
    if export.state != "done" or export.key is None or clock.now() >= export.expires_at:
        flash(_("This file is not there any more. Export it again."), "warn")
        return redirect(url_for("exports.index"), 303)
    content_type = XlsxWriter.content_type if export.format == "xlsx" else CsvWriter.content_type
    link = storage.sign_get(export.key, filename=export.filename, content_type=content_type, seconds=LINK_SECONDS)
    return redirect(link, 303)


def _form(programme: Programme) -> ExportForm:
    form = ExportForm()
    calls = [(code, f"{code} · {text_in(title)}") for code, title in queries.exportable_calls(programme.id)]
    form.call.choices = options([("", _("all calls of the programme")), *calls])
    return form


def _page(programme: Programme, form: ExportForm) -> str:
    lines = queries.exports(programme.id, current_actor())
    return render_template("exports/index.html", programme=programme, form=form, exports=lines, names=TABLE_NAMES)
