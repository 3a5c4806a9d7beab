"""The selection of a programme's pilots under its budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from competition.calls.models import Programme
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.text.i18n import text_in
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import options
from competition.pilots import queries, reasons, service, words
from competition.pilots.forms import SelectionForm, codes
from competition.pilots.models import Selection
from competition.pilots.routes.organizer import bp
from competition.results import queries as results

TABLE_MOST = 200


@bp.get("/selection", defaults={"programme_code": None})
@bp.get("/programmes/<programme_code>/selection")
@requires(Permission.SELECTION_READ)
def selection(programme: Programme) -> ResponseReturnValue:
    """The latest selection, what it bought and what just missed; the form for the next one."""
    calls = queries.ready_calls(programme.id)
    form = _form(calls)
    form.calls.data = [call.code for call in calls if call.ready]
    shown = queries.present_selection(programme, calls)
    if shown is not None and shown.selection.state == "failed":
        _ask_again(form, shown.selection.parameters)
    return _page(programme, calls, form, shown)


@bp.post("/programmes/<programme_code>/selection")
@requires(Permission.SELECTION_MANAGE)
def select(programme: Programme) -> ResponseReturnValue:
    """Ask for a selection; the page then shows how far it is."""
    calls = queries.ready_calls(programme.id)
    form = _form(calls)
    if not form.validate_on_submit():
        return _page(programme, calls, form, queries.present_selection(programme, calls)), 422
    try:
        service.request_selection(
            programme=programme, call_codes=form.calls.data or [], basis=form.basis.data,
            threshold=form.threshold.data, must=codes(form.must.data), exclude=codes(form.exclude.data),
            actor=current_actor(), now=clock.now(),
        )
    except RuleBroken as error:
        form.refuse(error)
        return _page(programme, calls, form, queries.present_selection(programme, calls)), 422
    except IllegalMove as error:
        flash(str(error.message), "warn")
    return redirect(url_for("pilots_organizer.selection", programme_code=programme.code), 303)


def _form(calls: list[queries.ReadyCall]) -> SelectionForm:
    form = SelectionForm()
    form.calls.choices = options((call.code, f"{call.code} · {text_in(call.title)}") for call in calls if call.ready)
    return form


def _ask_again(form: SelectionForm, asked: Mapping[str, Any]) -> None:
    """What found nothing stands in the form as it was asked, to be mended there."""
    offered = {code for code, _label, *_rest in form.calls.iter_choices()}
    form.calls.data = [code for code in asked["calls"] if code in offered]
    form.basis.data, form.threshold.data = asked.get("basis", "official"), asked.get("threshold")
    form.must.data, form.exclude.data = " ".join(asked.get("must", ())), " ".join(asked.get("exclude", ()))


def _page(
    programme: Programme, calls: list[queries.ReadyCall], form: SelectionForm, shown: queries.PresentSelection | None,
) -> str:
    found = None if shown is None else shown.selection
    return render_template(
        "pilots/selection.html", programme=programme, calls=calls, form=form, words=words, found=found,
        shown=shown, why=_why(found), waiting=queries.waiting_selection(programme.id),
        money_of=results.programme_money(programme.id), **_lists(found),
    )


def _why(found: Selection | None) -> list[str]:
    """Why the selection that is shown found nothing."""
    if found is None or found.state != "failed":
        return []
    return reasons.sentences(found.facts.get("reasons", ())) or [found.facts["error"]]


def _lists(found: Selection | None) -> dict[str, Any]:
    """What was bought, what just missed, the price of the first that missed, and who changes sides by luck."""
    if found is None or found.state != "done":
        return {"bought": [], "missed": [], "missed_minor": 0, "more": 0, "close": (), "close_in": 0, "close_out": 0,
                "redrawn": False}
    entries = found.facts["entries"]
    by_code = {entry["code"]: entry for entry in entries}
    bought = sorted((entry for entry in entries if entry["chosen"]), key=lambda entry: -float(entry["value"]))
    missed = [by_code[code] for code in found.facts["just_missed"]]
    close_in = [entry["code"] for entry in entries if entry["band"] == "contested"]
    close_out = [entry["code"] for entry in missed if entry["band"] == "reserve" and entry["share"] is not None]
    return {"bought": bought[:TABLE_MOST], "missed": missed, "missed_minor": missed[0]["cost"] if missed else 0,
            "more": max(0, len(bought) - TABLE_MOST), "close": {*close_in, *close_out}, "close_in": len(close_in),
            "close_out": len(close_out), "redrawn": any(entry["share"] is not None for entry in entries)}
