"""Which entries go on from a closed stage: the list with the proposed line, the check, and applying it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls.models import Call
from competition.calls.queries import scored_stage
from competition.decisions.queries.advancing import Proposal, proposal
from competition.decisions.routes.organizer import bp
from competition.decisions.service import advancing as service
from competition.decisions.service.advancing import Choice, Decided
from competition.decisions.service.stage_mail import preview
from competition.entries.models import Entry
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.text.languages import LANGUAGES
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import TokenForm


@bp.get("/calls/<call_code>/stages/<int:position>/advance")
@requires(Permission.RESULTS_READ)
def advance(call: Call, position: int) -> ResponseReturnValue:
    """The entries of a closed stage by rank, with what the rule of the call proposes."""
    if proposal(call, position) is None and scored_stage(call.id, position) is not None:
        flash(_("After this stage the selection decides."), "info")
        return redirect(url_for("judging_organizer.stages", call_code=call.code), 303)
    shown = _proposal(call, position)
    chosen = {one.code: Choice(one.proposed, one.reason) for one in shown.candidates}
    return _page(call, shown, chosen, "")


@bp.post("/calls/<call_code>/stages/<int:position>/advance")
@requires(Permission.RESULTS_MANAGE)
def advance_post(call: Call, position: int) -> ResponseReturnValue:
    """Show the list to check, or apply it."""
    if not TokenForm().validate_on_submit():
        abort(400)
    shown, choices, general = _proposal(call, position), _choices(), request.form.get("general", "")
    digest = request.form.get("digest", "")
    try:
        if request.form.get("step") != "apply":
            return _check(call, shown, service.decide(shown, choices, general), choices, general)
        new = service.apply(call=call, position=position, digest=digest, choices=choices, general=general,
                            actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        return _page(call, shown, choices, general, {error.field or "general": str(error.message)}), 422
    except IllegalMove as error:
        return _page(call, shown, choices, general, {"": str(error.message)}), 409
    flash(ngettext("%(num)s entry is decided. Its team gets a mail.",
                   "%(num)s entries are decided. Their teams get a mail.", len(new)), "good")
    return redirect(url_for("judging_organizer.stages", call_code=call.code), 303)


def _proposal(call: Call, position: int) -> Proposal:
    shown = proposal(call, position)
    if shown is None:
        raise Missing("")
    return shown


def _choices() -> dict[str, Choice]:
    """What was ticked and written, by the code of the entry."""
    going = set(request.form.getlist("goes_on"))
    reasons = {name.removeprefix("reason-"): text for name, text in request.form.items() if name.startswith("reason-")}
    return {code: Choice(code in going, reasons.get(code, "")) for code in going | set(reasons)}


def _page(
    call: Call, shown: Proposal, choices: Mapping[str, Choice], general: str, errors: Mapping[str, str] | None = None,
) -> str:
    return render_template(
        "decisions/advance.html", call=call, shown=shown, choices=choices, general=general, errors=errors or {},
        closed=service.check_open(call, shown), nothing=Choice(False),
    )


def _check(
    call: Call, shown: Proposal, decided: list[Decided], choices: Mapping[str, Choice], general: str
) -> ResponseReturnValue:
    closed = service.check_open(call, shown)
    if closed:
        return _page(call, shown, choices, general, {"": closed}), 409
    return render_template(
        "decisions/advance_check.html", call=call, shown=shown, decided=decided, choices=choices, general=general,
        by_hand=[one for one in decided if one.by_hand], new=[one for one in decided if one.changed],
        mails=_mails(call, shown, decided),
    )


def _mails(call: Call, shown: Proposal, decided: list[Decided]) -> list[dict[str, Any]]:
    """One mail of each kind, in each language of the programme, to the team of the first entry that it is for."""
    mails = []
    for outcome in ("advanced", "stopped"):
        first = next((one for one in decided if one.outcome == outcome and one.changed), None)
        if first is None:
            continue
        entry = db.session.get_one(Entry, first.candidate.id)
        for code, language in LANGUAGES.items():
            if code in call.programme.languages:
                subject, body = preview(shown.stage, entry, outcome, first.reason, language.locale)
                mails.append({"language": language.name, "tag": language.tag, "subject": subject, "body": body})
    return mails
