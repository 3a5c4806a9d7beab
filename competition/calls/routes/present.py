"""Values for the templates of calls: texts in the reader's language, labels of states, links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from competition.calls import phases, timeline, vocabulary
from competition.calls.lifecycle import RESULT_PUBLIC, phase
from competition.calls.models import Call
from competition.calls.phases import phase_label
from competition.calls.places import ENTER, RESULT
from competition.calls.queries import RubricView
from competition.calls.queries.public import CallPage, ProgrammeView
from competition.calls.rules import rules, stage_rules
from competition.calls.stages import STATES as STAGE_STATES
from competition.calls.stages import stage_names
from competition.kernel.text import i18n
from competition.kernel.text.languages import LANGUAGES, SOURCE
from competition.kernel.text.points import points_text

CLOSING = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text in the reader's language, or in another one: then ``other`` is its name and ``lang`` its BCP 47 tag."""

    text: str
    lang: str = ""
    other: str = ""


def local_text(texts: Mapping[str, str] | None) -> LocalText:
    """The version of a text for this reader: their language, else English, else any."""
    texts = texts or {}
    mine = i18n.lang()
    if texts.get(mine):
        return LocalText(texts[mine])
    for code in (SOURCE.code, *LANGUAGES):
        if texts.get(code):
            return LocalText(texts[code], LANGUAGES[code].tag, str(i18n.LANGUAGE_LABELS[code]))
    return LocalText("")


def pill(call_phase: str, deadline_at: datetime | None, now: datetime) -> tuple[str, str]:
    """State and label for the pill of a call; an open call that closes within two days has a state of its own."""
    if call_phase == "open" and deadline_at is not None and deadline_at - now < CLOSING:
        return "closing", _("Closes soon")
    return call_phase, phase_label(call_phase)


def card(row: Any, programmes: Mapping[UUID, ProgrammeView], now: datetime) -> dict[str, Any]:
    """A row of :func:`competition.calls.queries.public.call_list` for the ``call_card`` macro."""
    programme = programmes[row.programme_id]
    state, state_label = pill(row.phase, row.deadline_at, now)
    if row.phase == "upcoming":
        state_label = _("Opens %(date)s", date=i18n.day(row.opens_at, programme.zone).striptags())
    return {
        "url": url_for("calls_public.show", call_code=row.code), "code": row.code, "title": i18n.text_in(row.title),
        "theme": i18n.text_in(programme.themes.get(row.theme)), "owner": i18n.text_in(row.owner),
        "summary": i18n.text_in(getattr(row, "summary", None)), "state": state, "state_label": state_label,
        "slots": row.slots, "budget": i18n.money(row.budget_minor, programme.currency),
        "deadline": row.deadline_at if row.phase == "open" else None, "zone": programme.zone, "phase": row.phase,
        "results_url": RESULT.url(call_code=row.code)
        if row.phase in RESULT_PUBLIC else "",
    }


def themes(programmes: Mapping[UUID, ProgrammeView]) -> list[tuple[str, str]]:
    """Every theme of the shown programmes, named in the reader's language."""
    named = {key: i18n.text_in(texts) for view in programmes.values() for key, texts in view.themes.items()}
    return sorted(named.items(), key=lambda item: item[1])


def page_of(loaded: CallPage, now: datetime) -> dict[str, Any]:
    """Everything that ``calls/_call.html`` shows, for visitors and for an organizer's preview."""
    call, programme = loaded.call, loaded.call.programme
    current = phase(call, now)
    state, state_label = pill(current, call.deadline_at, now)
    happening, following = phases.sentences(current, loaded.stages)
    kpi_names = [target.get("name") for target in call.kpis]
    return {
        "call": call, "programme": programme, "phase": current, "state": state, "state_label": state_label,
        "happening": happening, "following": following,
        "steps": timeline.steps(call, loaded.stages, programme.zone, now),
        "headline": {spec.key: local_text(getattr(call, spec.key)) for spec in vocabulary.HEADLINES},
        "theme": i18n.text_in(programme.themes.get(call.theme)), "groups": _groups(call),
        "kpis": [kpi(target) for target in call.kpis],
        "kpis_other": next((name for name in map(local_text, kpi_names) if name.other), None),
        "stages": _stages(loaded), "rules": rules(call, loaded.criteria, loaded.questions, loaded.stages),
        "dates": _dates(loaded, now), "documents": loaded.documents, "changes": loaded.changes,
        "questions": loaded.questions, "local_text": local_text,
        "results_url": RESULT.url(call_code=call.code)
        if current in RESULT_PUBLIC else "",
        "enter_url": ENTER.url(call_code=call.code) if current == "open" else "",
    }


def _groups(call: Call) -> list[tuple[str, str, list[tuple[str, str, LocalText]]]]:
    groups = []
    for key, heading, specs in vocabulary.GROUPS:
        texts = [(spec.key, str(spec.label), local_text(call.details.get(spec.key))) for spec in specs]
        shown = [item for item in texts if item[2].text]
        if shown:
            groups.append((key, str(heading), shown))
    return groups


def kpi(target: Mapping[str, Any]) -> dict[str, Any]:
    """One target for the ``kpi_row`` macro."""
    return {
        "name": i18n.text_in(target.get("name")), "unit": target.get("unit", ""),
        "baseline": target.get("baseline", ""), "target": target.get("target", ""),
        "method": i18n.text_in(target.get("method")),
        "lower_is_better": target.get("direction") == "down",
    }


def _stages(loaded: CallPage) -> list[dict[str, Any]]:
    """Each stage with its dates, its numbers, its rules in words and its rubric."""
    shown = []
    for place, (stage, name) in enumerate(zip(loaded.stages, stage_names(loaded.stages), strict=True)):
        rubric = loaded.rubrics.get(stage.id)
        shown.append({
            "kind": stage.kind, "name": name, "state": stage.state, "state_label": STAGE_STATES[stage.state],
            "dates": [(label, at) for label, at in (
                (_("Opens") if stage.opened_at is None else _("Opened"), stage.opened_at or stage.opens_at),
                (_("Due"), stage.due_at), (_("Closed"), stage.closed_at),
            ) if at is not None],
            "closing_reason": local_text(stage.closing_reason),
            "rules": stage_rules(loaded.call, loaded.stages, place), "rubric": _rubric(rubric) if rubric else None,
        })
    return shown


def _rubric(view: RubricView) -> dict[str, Any]:
    total = view.weight_total or 1
    return {
        "name": i18n.text_in(view.name), "number": view.number, "total": view.weight_total,
        "criteria": [{
            "label": local_text(c.label), "guidance": local_text(c.guidance), "weight": c.weight, "gate": c.gate,
            "share": f"{100 * c.weight / total:.4g}", "scale": _("%(lo)s to %(hi)s in steps of %(step)s",
            lo=points_text(c.lo), hi=points_text(c.hi), step=points_text(c.step)), "floor": c.floor_percent,
        } for c in view.criteria],
    }


def _dates(loaded: CallPage, now: datetime) -> list[dict[str, Any]]:
    """The dates of a call and its stages that are set, in order, for the ``timeline`` macro; past ones are done."""
    call = loaded.call
    named = [(call.published_at, _("Published"))]
    named += [(getattr(call, name), str(label)) for name, label in vocabulary.DATES.items()]
    for stage, name in zip(loaded.stages, stage_names(loaded.stages), strict=True):
        named += [(stage.opens_at, _("%(stage)s opens", stage=name)), (stage.due_at, _("%(stage)s is due", stage=name))]
    named.append((timeline.pilot_ends_at(call), _("Pilot ends")))
    dated = sorted(((at, label) for at, label in named if at is not None), key=lambda item: item[0])
    zone = call.programme.zone
    return [{"when": i18n.localtime(at, zone), "title": label, "tone": "good" if at <= now else ""}
            for at, label in dated]
