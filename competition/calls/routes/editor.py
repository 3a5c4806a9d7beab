"""The editor of a call: one form per section, checked against the version its page was made from."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls import labels, preflight, queries, service, vocabulary, wall_clock
from competition.calls.form_fields import SectionForm, spread
from competition.calls.forms import FORMS, MEGABYTE
from competition.calls.models import Call
from competition.calls.queries import organizer
from competition.calls.routes.blueprints import organizer as bp
from competition.calls.routes.edit_conflict import rows_of
from competition.calls.routes.organizer import sections
from competition.kernel import clock
from competition.kernel.errors import IllegalMove, Missing, RuleBroken, StaleVersion
from competition.kernel.text import i18n
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import options

ROWS = ("kpis", "criteria", "questions")


def stored(call: Call, section: str) -> dict[str, Any]:
    """What a section's form shows before anything is typed."""
    makers = {"texts": _texts, "facts": _facts, "dates": _dates, "rules": _rules, "kpis": _kpis,
              "criteria": _criteria, "questions": _questions}
    return {**makers[section](call), "version": call.version}


def _texts(call: Call) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for spec in vocabulary.HEADLINES:
        data.update(spread(spec.key, getattr(call, spec.key)))
    for spec in vocabulary.DETAILS:
        data.update(spread(spec.key, call.details.get(spec.key)))
    return data


def _facts(call: Call) -> dict[str, Any]:
    return {"theme": call.theme, "contact": call.contact, "slots": call.slots, "budget": call.budget_minor,
            "award_cap": call.award_cap_minor, "min_trl": str(call.min_trl or "")}


def _dates(call: Call) -> dict[str, Any]:
    shown = {name: wall_clock.to_local(getattr(call, name), call.programme.zone) for name in vocabulary.DATES}
    return {**shown, "pilot_days": call.pilot_days}


def _rules(call: Call) -> dict[str, Any]:
    data = {name: getattr(call, name) for name in service.SECTION_COLUMNS["rules"]}
    return {**data, "file_max": call.file_max_bytes // MEGABYTE, "entry_max": call.entry_max_bytes // MEGABYTE}


def _kpis(call: Call) -> dict[str, Any]:
    return {"kpis": [
        {**{name: kpi.get(name, "") for name in ("key", "unit", "baseline", "target", "direction")},
         **spread("name", kpi.get("name")), **spread("method", kpi.get("method"))}
        for kpi in call.kpis
    ]}


def _criteria(call: Call) -> dict[str, Any]:
    rubric = queries.current_rubric(queries.main_stage(call.id).id)
    rows = [
        {"key": c.key, "weight": c.weight, "lo": c.lo, "hi": c.hi, "step": c.step, "gate": c.gate,
         "floor_percent": c.floor_percent, **spread("label", c.label), **spread("guidance", c.guidance)}
        for c in rubric.criteria
    ]
    return {"criteria": rows, "tie_break": "\n".join(call.tie_break)}


def _questions(call: Call) -> dict[str, Any]:
    return {"questions": [
        {"key": q.key, "kind": q.kind, "required": q.required, "max_length": q.max_length, **spread("label", q.label),
         **spread("help", q.help), **spread("choices", _lines(q.choices))}
        for q in organizer.call_questions(call.id)
    ]}


def _lines(choices: list[dict[str, Any]]) -> dict[str, str]:
    return {code: "\n".join(choice["label"].get(code, "") for choice in choices) for code in i18n.LANGUAGES}


def _form(call: Call, section: str, *, sent: bool) -> Any:
    """The section's form. Rows that were sent stand alone: WTForms would fill their gaps by place, from others."""
    if sent:
        form: Any = FORMS[section](data={} if section in ROWS else stored(call, section))
    else:
        form = FORMS[section](formdata=None, data=stored(call, section))
    form.language = next((code for code in i18n.LANGUAGES if code in call.programme.languages), form.language)
    if section == "facts":
        form.theme.choices = options([("", _("Choose a theme"))])
        form.theme.choices += options((key, i18n.text_in(label)) for key, label in call.programme.themes.items())
        form.budget.currency = form.award_cap.currency = call.programme.currency
    return form


def _section(section: str) -> str:
    if section not in FORMS:
        raise Missing("")
    return section


def _page(call: Call, section: str, form: SectionForm, status: int = 200) -> ResponseReturnValue:
    now = clock.now()
    order = list(labels.SECTIONS)
    following = order[order.index(section) + 1] if section != order[-1] else ""
    body = render_template(
        f"calls/editor/{section}.html", call=call, programme=call.programme, form=form, part=section,
        part_label=labels.SECTIONS[section], sections=sections(call, now), frozen=service.frozen(call, section, now),
        languages_of=[code for code in i18n.LANGUAGES if code in call.programme.languages],
        untranslated={label: [labels.LANGUAGE_NAMES[code] for code in codes]
                      for label, codes in preflight.untranslated(call)},
        headlines=vocabulary.HEADLINES, groups=vocabulary.GROUPS,
        dates=vocabulary.DATES, tie_breaks=vocabulary.GENERAL_TIE_BREAKS, following=following, city=i18n.city,
        offset=i18n.offset_text, now=now, public=call.state != "draft",
    )
    return body, status


@bp.get("/calls/<call_code>/edit/<section>")
@requires(Permission.CALL_MANAGE)
def edit(call: Call, section: str) -> ResponseReturnValue:
    form = _form(call, _section(section), sent=False)
    for finding in _wrong(call, section):
        form.say(finding.field, finding.text)
    return _page(call, section, form)


def _wrong(call: Call, section: str) -> list[preflight.Finding]:
    """What is stored of a draft's section and can't be published: a draft may be saved so, and says it at once."""
    if call.state != "draft":
        return []
    found = preflight.findings(call, preflight.load(call), clock.now())
    return [finding for finding in found if finding.section == section and finding.field and finding.blocking]


@bp.post("/calls/<call_code>/edit/<section>")
@requires(Permission.CALL_MANAGE)
def save(call: Call, section: str) -> ResponseReturnValue:
    form = _form(call, _section(section), sent=True)
    if _row_added(form):
        return _page(call, section, form)
    if not form.validate_on_submit():
        return _page(call, section, form, 422)
    try:
        values = form.values(call.programme.zone, call) if section == "dates" else form.values()
        if values is None:
            return _page(call, section, form, 422)
        changed = service.save(call=call, section=section, values=values, version=form.seen_version,
                               change=form.change, actor=current_actor(), now=clock.now())
    except StaleVersion as error:
        return _conflict(call, section, form, error)
    except (RuleBroken, IllegalMove) as error:
        form.refuse(error)
        return _page(call, section, form, 422)
    wrong = _wrong(call, section)
    if wrong:
        flash(_("Saved as a draft. It can’t be published like this: see what is marked."), "warn")
        return redirect(url_for("calls_organizer.edit", call_code=call.code, section=section), 303)
    flash(_("Saved.") if changed else _("Nothing had changed."), "good" if changed else "info")
    following = request.form.get("then", "")
    target = following if following in FORMS else section
    return redirect(url_for("calls_organizer.edit", call_code=call.code, section=target), 303)


def _conflict(call: Call, section: str, form: Any, error: StaleVersion) -> ResponseReturnValue:
    """Both texts, and the choice: keep the stored one, or save the typed one over it."""
    rows = rows_of(form, _form(call, section, sent=False))
    back = url_for("calls_organizer.edit", call_code=call.code, section=section)
    body = render_template("calls/organizer/conflict.html", rows=rows, form=form, version=error.version, back=back)
    return body, 409


def _row_added(form: Any) -> bool:
    """Without scripts the button "Add a row" comes here."""
    for name in ROWS:
        if f"{name}-add" in request.form and name in form:
            form[name].append_entry()
            return True
    return False
