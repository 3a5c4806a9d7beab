"""The editor of a call: one form per section, checked against the version its page was made from."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls import preflight, queries, vocabulary
from competition.calls.forms.fields import add_row
from competition.calls.forms.sections import SectionForm
from competition.calls.models import Call, Stage
from competition.calls.routes.blueprints import organizer as bp
from competition.calls.routes.edit_conflict import diff_rows
from competition.calls.routes.organizer import section_links
from competition.calls.sections import SECTIONS, Section, criteria_of
from competition.calls.service import editing
from competition.calls.service.stages import structure_frozen
from competition.calls.stages import is_scored, stage_names
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, Missing, RuleBroken, StaleVersion
from competition.kernel.text import i18n
from competition.kernel.text.languages import LANGUAGES
from competition.kernel.text.numbers import whole
from competition.kernel.web.access import Permission, current_actor, requires


def _form(call: Call, section: Section, *, sent: bool) -> Any:
    """The section's form. Rows that were sent are not merged with stored ones, which WTForms would do by position."""
    data = {} if sent and section.form.has_rows else section.stored(call)
    form: Any = section.form(data=data) if sent else section.form(formdata=None, data=data)
    form.prepare(call)
    return form


def _section(call: Call, key: str) -> Section:
    """The section with this key; of the criteria, those of the stage that the address names."""
    if key not in SECTIONS:
        raise Missing("")
    stage = _stage(call) if key == "criteria" else None
    return SECTIONS[key] if stage is None else criteria_of(stage)


def _stage(call: Call) -> Stage | None:
    """The scored stage whose position the address names; None when it names none."""
    if "stage" not in request.args:
        return None
    stage = queries.scored_stage(call.id, whole(request.args["stage"]))
    if stage is None:
        raise Missing("")
    return stage


def _criteria_stages(call: Call) -> list[dict[str, Any]]:
    """The scored stages as links to their criteria; the last one decides."""
    stages = queries.stages(call.id)
    scored = [(stage, name) for stage, name in zip(stages, stage_names(stages), strict=True) if is_scored(stage)]
    chosen = _stage(call) or scored[-1][0]
    return [
        {"label": name, "here": stage.id == chosen.id, "decides": stage.id == scored[-1][0].id,
         "url": url_for("calls_organizer.edit", call_code=call.code, section="criteria", stage=stage.position)}
        for stage, name in scored
    ]


def _page(call: Call, section: Section, form: SectionForm, status: int = 200) -> ResponseReturnValue:
    now = clock.now()
    order = list(SECTIONS)
    following = order[order.index(section.key) + 1] if section.key != order[-1] else ""
    body = render_template(
        f"calls/editor/{section.key}.html", call=call, programme=call.programme, form=form, part=section.key,
        part_label=section.label, sections=section_links(call, now), following=following,
        frozen=editing.frozen_reason(call, section, now),
        languages_of=[code for code in LANGUAGES if code in call.programme.languages],
        untranslated={label: [i18n.LANGUAGE_LABELS[code] for code in codes]
                      for label, codes in preflight.untranslated(call)},
        headlines=vocabulary.HEADLINES, groups=vocabulary.GROUPS,
        dates=vocabulary.DATES, tie_breaks=vocabulary.GENERAL_TIE_BREAKS, city=i18n.city,
        offset=i18n.offset_text, now=now, public=call.state != "draft",
        structure_frozen=structure_frozen(call, now),
        form_url=url_for("calls_organizer.edit_post", call_code=call.code, section=section.key, **_query(section)),
        criteria_stages=_criteria_stages(call) if section.key == "criteria" else [],
    )
    return body, status


def _query(section: Section) -> dict[str, Any]:
    """What the address of a section has besides its key."""
    named = request.args.get("stage")
    return {"stage": named} if section.key == "criteria" and named is not None else {}


@bp.get("/calls/<call_code>/edit/<section>")
@requires(Permission.CALL_READ)
def edit(call: Call, section: str) -> ResponseReturnValue:
    chosen = _section(call, section)
    form = _form(call, chosen, sent=False)
    for finding in _blocking(call, chosen):
        form.say(finding.field, finding.text)
    return _page(call, chosen, form)


def _blocking(call: Call, section: Section) -> list[preflight.Finding]:
    """Findings about fields of this section that keep a draft from being published; it may be saved with them."""
    if call.state != "draft":
        return []
    findings = preflight.findings(call, preflight.load(call), clock.now())
    return [finding for finding in findings if finding.section == section.key and finding.field and finding.blocking]


@bp.post("/calls/<call_code>/edit/<section>")
@requires(Permission.CALL_MANAGE)
def edit_post(call: Call, section: str) -> ResponseReturnValue:
    chosen = _section(call, section)
    form = _form(call, chosen, sent=True)
    if add_row(form):
        return _page(call, chosen, form)
    if not form.validate_on_submit():
        return _page(call, chosen, form, 422)
    try:
        changed = editing.save_section(call=call, section=chosen, values=form.values(), version=form.seen_version,
                                       change=form.change, actor=current_actor(), now=clock.now())
    except StaleVersion as error:
        return _conflict(call, chosen, form, error)
    except (RuleBroken, IllegalMove) as error:
        form.refuse(error)
        return _page(call, chosen, form, 422)
    if _blocking(call, chosen):
        flash(_("Saved as a draft. It can’t be published like this: see what is marked."), "warn")
        return redirect(url_for("calls_organizer.edit", call_code=call.code, section=chosen.key, **_query(chosen)), 303)
    flash(_("Saved.") if changed else _("Nothing had changed."), "good" if changed else "info")
    following = request.form.get("then", "")
    if following in SECTIONS:
        return redirect(url_for("calls_organizer.edit", call_code=call.code, section=following), 303)
    return redirect(url_for("calls_organizer.edit", call_code=call.code, section=chosen.key, **_query(chosen)), 303)


def _conflict(call: Call, section: Section, form: Any, error: StaleVersion) -> ResponseReturnValue:
    """The page that shows the stored and the typed version of each field and asks which one to keep."""
    rows = diff_rows(form, _form(call, section, sent=False))
    back = url_for("calls_organizer.edit", call_code=call.code, section=section.key, **_query(section))
    body = render_template("calls/organizer/conflict.html", rows=rows, form=form, version=error.version, back=back)
    return body, 409
