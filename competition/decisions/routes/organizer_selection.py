"""The selection of a programme's pilots under its budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from competition.calls.models import Programme
from competition.decisions import labels
from competition.decisions.forms import SelectionForm, entry_codes
from competition.decisions.infeasible_selection import sentences
from competition.decisions.models import Selection
from competition.decisions.queries.money import programme_money
from competition.decisions.queries.selections import (
    ReadyCall,
    ShownSelection,
    ready_calls,
    selection_to_show,
    waiting_selection,
)
from competition.decisions.routes.organizer import bp
from competition.decisions.service.selection import request_selection
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.text.i18n import text_in
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import options

TABLE_MOST = 200


@bp.get("/selection", defaults={"programme_code": None})
@bp.get("/programmes/<programme_code>/selection")
@requires(Permission.SELECTION_READ)
def selection(programme: Programme) -> ResponseReturnValue:
    """The latest selection, what it bought and what just missed; the form for the next one."""
    calls = ready_calls(programme.id)
    form = _form(calls)
    form.calls.data = [call.code for call in calls if call.ready]
    shown = selection_to_show(programme, calls)
    if shown is not None and shown.selection.state == "failed":
        _fill_in(form, shown.selection.parameters)
    return _page(programme, calls, form, shown)


@bp.post("/programmes/<programme_code>/selection")
@requires(Permission.SELECTION_MANAGE)
def selection_post(programme: Programme) -> ResponseReturnValue:
    """Ask for a selection; the page then shows how far it is."""
    calls = ready_calls(programme.id)
    form = _form(calls)
    if not form.validate_on_submit():
        return _page(programme, calls, form, selection_to_show(programme, calls)), 422
    try:
        request_selection(
            programme=programme, call_codes=form.calls.data or [], basis=form.basis.data,
            threshold=form.threshold.data, must=entry_codes(form.must.data), exclude=entry_codes(form.exclude.data),
            actor=current_actor(), now=clock.now(),
        )
    except RuleBroken as error:
        form.refuse(error)
        return _page(programme, calls, form, selection_to_show(programme, calls)), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
    return redirect(url_for("decisions_organizer.selection", programme_code=programme.code), 303)


def _form(calls: list[ReadyCall]) -> SelectionForm:
    form = SelectionForm()
    form.calls.choices = options((call.code, f"{call.code} · {text_in(call.title)}") for call in calls if call.ready)
    return form


def _fill_in(form: SelectionForm, parameters: Mapping[str, Any]) -> None:
    """Fill in the parameters of a selection that found no solution, to be changed."""
    offered = {code for code, _label, *_rest in form.calls.iter_choices()}
    form.calls.data = [code for code in parameters["calls"] if code in offered]
    form.basis.data, form.threshold.data = parameters.get("basis", "official"), parameters.get("threshold")
    form.must.data, form.exclude.data = " ".join(parameters.get("must", ())), " ".join(parameters.get("exclude", ()))


def _page(
    programme: Programme, calls: list[ReadyCall], form: SelectionForm, shown: ShownSelection | None,
) -> str:
    selection = None if shown is None else shown.selection
    return render_template(
        "decisions/selection.html", programme=programme, calls=calls, form=form, labels=labels, selection=selection,
        shown=shown, reasons=_reasons(selection), waiting=waiting_selection(programme.id),
        programme_money=programme_money(programme.id), **_lists(selection),
    )


def _reasons(selection: Selection | None) -> list[str]:
    """Why the selection that is shown has no solution; empty when it has one."""
    if selection is None or selection.state != "failed":
        return []
    return sentences(selection.facts.get("reasons", ())) or [selection.facts["error"]]


def _lists(selection: Selection | None) -> dict[str, Any]:
    """Selected entries, entries that just missed, the price of the first of those, and what is too close to call."""
    if selection is None or selection.state != "done":
        return {"bought": [], "missed": [], "missed_minor": 0, "more": 0, "close": (), "close_in": 0, "close_out": 0,
                "redrawn": False}
    entries = selection.facts["entries"]
    by_code = {entry["code"]: entry for entry in entries}
    bought = sorted((entry for entry in entries if entry["chosen"]), key=lambda entry: -float(entry["value"]))
    missed = [by_code[code] for code in selection.facts["just_missed"]]
    close_in = [entry["code"] for entry in entries if entry["band"] == "contested"]
    close_out = [entry["code"] for entry in missed if entry["band"] == "reserve" and entry["share"] is not None]
    return {"bought": bought[:TABLE_MOST], "missed": missed, "missed_minor": missed[0]["cost"] if missed else 0,
            "more": max(0, len(bought) - TABLE_MOST), "close": {*close_in, *close_out}, "close_in": len(close_in),
            "close_out": len(close_out), "redrawn": any(entry["share"] is not None for entry in entries)}
