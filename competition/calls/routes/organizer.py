"""An organizer's programmes, and one call from draft to judging."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls import phases, preflight, queries, roles, timeline
from competition.calls.forms.programmes import PublicReasonForm
from competition.calls.lifecycle import CALL, OVER, PUBLIC_STATES, phase
from competition.calls.models import Call, Programme
from competition.calls.places import PANEL
from competition.calls.policy import may_create_programmes
from competition.calls.queries import organizer, public, signatures
from competition.calls.queries.organizer import Chosen
from competition.calls.routes import present
from competition.calls.routes.blueprints import organizer as bp
from competition.calls.sections import SECTIONS, section_label
from competition.calls.service import calls as commands
from competition.calls.service import editing
from competition.calls.service.calls import judging_from
from competition.calls.tabs import tab_links, tiles_of
from competition.kernel import clock
from competition.kernel.errors import RuleBroken
from competition.kernel.text import i18n
from competition.kernel.web.access import Actor, Permission, current_actor, requires
from competition.kernel.web.forms import TokenForm

bp.app_template_global("call_tabs")(tab_links)
for _global in (roles.can, roles.reading_only, roles.role_label_here):
    bp.app_template_global(_global.__name__)(_global)


@bp.get("")
@requires(Permission.PROGRAMME_LIST)
def index() -> ResponseReturnValue:
    """The organizer's programmes and calls, filtered by phase and words."""
    actor, now = current_actor(), clock.now()
    chosen = Chosen(programme=request.args.get("programme", ""), phase=request.args.get("phase", ""),
                    q=request.args.get("q", "").strip()[: public.MAX_QUERY])
    programmes = organizer.own_programmes(actor)
    page = organizer.own_calls(actor, chosen, request.args.get("after"), now)
    by_id = {programme.id: programme for programme in programmes}
    return render_template(
        "calls/organizer/index.html", may_create=may_create_programmes(actor), programmes=programmes, chosen=chosen,
        rows=[_line(row, by_id[row.programme_id], now) for row in page.rows],
        tiles=[*_tiles(organizer.own_phases(actor, chosen, now), chosen), *_signature_tiles(actor, programmes)],
        next_url=_at(chosen, page.next), previous_url=_at(chosen, page.previous),
    )


def _at(chosen: Chosen, cursor: str | None) -> str:
    values: dict[str, Any] = {**chosen.query_values(), "after": cursor}
    return url_for("calls_organizer.index", **values) if cursor else ""


def _tiles(counts: dict[str, int], chosen: Chosen) -> list[dict[str, Any]]:
    """One tile per phase that occurs, and one for all."""
    rest: dict[str, Any] = {name: value for name, value in chosen.query_values().items() if name != "phase"}
    tiles = [{"label": _("All calls"), "count": sum(counts.values()), "active": not chosen.phase,
              "url": url_for("calls_organizer.index", **rest), "tone": "", "note": ""}]
    tiles += [
        {"label": label, "count": count, "active": chosen.phase == key, "tone": "", "note": "",
         "url": url_for("calls_organizer.index", **{**rest, "phase": key})}
        for key, label, count in phases.counted(counts)
    ]
    return tiles


def _signature_tiles(actor: Actor, programmes: Sequence[Programme]) -> list[dict[str, Any]]:
    """One tile per programme in which something waits for a signature."""
    return [
        {"label": _("Signatures that wait"), "count": count, "active": False, "tone": "warn",
         "note": code if len(programmes) > 1 else "",
         "url": url_for("calls_organizer.signatures_page", programme_code=code)}
        for code, count in signatures.waiting_by_programme(actor).items()
    ]


def _line(row: Any, programme: Any, now: Any) -> dict[str, Any]:
    state, state_label = present.pill(row.phase, row.deadline_at, now)
    return {
        "code": row.code, "title": i18n.text_in(row.title), "owner": i18n.text_in(row.owner), "state": state,
        "state_label": state_label, "slots": row.slots, "budget": i18n.money(row.budget_minor, programme.currency),
        "deadline": row.deadline_at, "zone": programme.zone, "programme": programme.code, "phase": row.phase,
        "url": url_for("calls_organizer.show", call_code=row.code),
    }


@bp.get("/calls/<call_code>")
@requires(Permission.CALL_READ)
def show(call: Call) -> ResponseReturnValue:
    """A call's overview: its phase, what is missing, and the next possible steps."""
    return _dashboard(call)


def _dashboard(call: Call, *, reason: PublicReasonForm | None = None, refused: str = "") -> ResponseReturnValue:
    now = clock.now()
    current = phase(call, now)
    state, state_label = present.pill(current, call.deadline_at, now)
    stages = queries.stages(call.id)
    happening, following = phases.sentences(current, stages)
    closes = judging_from(call)
    body = render_template(
        "calls/organizer/show.html", call=call, programme=call.programme, phase=current, state=state,
        state_label=state_label, happening=happening, following=following,
        steps=timeline.steps(call, stages, call.programme.zone, now), tiles=tiles_of(call), now=now,
        findings=preflight.findings(call, preflight.load(call), now) if call.state == "draft" else [],
        untranslated=preflight.untranslated(call), changes=organizer.recent_changes(call.id),
        sections=section_links(call, now), may_cancel=CALL.may(call, "cancel"),
        may_complete=CALL.may(call, "archive"),
        may_amend=call.state in PUBLIC_STATES and call.state not in OVER, refused=refused, closes=closes,
        reason=reason or PublicReasonForm(formdata=None),
        can_judge=call.state == "published" and closes is not None and now > closes,
        sealed=call.entries_opened_at is None,
    )
    return body, 422 if refused or reason is not None else 200


def section_links(call: Call, now: Any) -> list[dict[str, Any]]:
    """The editor's sections as links, with the reason where one cannot change any more."""
    links = [
        {"key": key, "label": str(section.label), "frozen": editing.frozen_reason(call, section, now),
         "url": url_for("calls_organizer.edit", call_code=call.code, section=key)}
        for key, section in SECTIONS.items()
    ]
    documents = url_for("calls_organizer.documents", call_code=call.code)
    return [*links, {"key": "documents", "label": _("Documents"), "frozen": "", "url": documents}]


@bp.get("/calls/<call_code>/preview")
@requires(Permission.CALL_READ)
def preview(call: Call) -> ResponseReturnValue:
    """The public page of this call as it would look now."""
    loaded = public.call_page(call)
    return render_template("calls/organizer/preview.html", document_endpoint="calls_organizer.file_download",
                           **present.page_of(loaded, clock.now()))


@bp.get("/calls/<call_code>/publish")
@requires(Permission.CALL_READ)
def publish(call: Call) -> ResponseReturnValue:
    """What is missing before this call can be published."""
    return _publish_page(call)


def _publish_page(call: Call, refused: str = "") -> ResponseReturnValue:
    now = clock.now()
    findings = preflight.findings(call, preflight.load(call), now)
    body = render_template(
        "calls/organizer/publish.html", call=call, programme=call.programme, now=now, refused=refused,
        blocking=[f for f in findings if f.blocking], warnings=[f for f in findings if not f.blocking],
        section_label=section_label,
    )
    return body, 422 if refused else 200


@bp.post("/calls/<call_code>/publish")
@requires(Permission.CALL_MANAGE)
def publish_post(call: Call) -> ResponseReturnValue:
    if not TokenForm().validate_on_submit():
        return _publish_page(call, _("This form has expired. Send it again."))
    try:
        commands.publish(call=call, actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        return _publish_page(call, str(error.message))
    flash(_("%(code)s is public now.", code=call.code), "good")
    return redirect(url_for("calls_organizer.show", call_code=call.code), 303)


@bp.post("/calls/<call_code>/cancel")
@requires(Permission.CALL_MANAGE)
def cancel(call: Call) -> ResponseReturnValue:
    form = PublicReasonForm()
    if not form.validate_on_submit():
        return _dashboard(call, reason=form)
    try:
        commands.cancel(call=call, reason=form.change, actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _dashboard(call, reason=form)
    flash(_("%(code)s is cancelled. Its page says why.", code=call.code), "good")
    return redirect(url_for("calls_organizer.show", call_code=call.code), 303)


@bp.post("/calls/<call_code>/start-judging")
@requires(Permission.CALL_MANAGE)
def start_judging(call: Call) -> ResponseReturnValue:
    if not TokenForm().validate_on_submit():
        return _dashboard(call, refused=_("This form has expired. Send it again."))
    try:
        commands.start_judging(call=call, actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        return _dashboard(call, refused=str(error.message))
    flash(_("Judging has begun. Give the entries to the panel."), "good")
    return redirect(PANEL.url(call_code=call.code), 303)
