"""The sections of a call's editor. A section is one object; its columns are those that the model marks for it.

A column joins a section by ``_rule(…)``, ``_fact(…)`` and so on in ``models.py`` and a field of the same name in the
section's form; tests/guards/test_sections.py compares both with the page and the public sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from competition.calls import queries, vocabulary
from competition.calls.forms.sections import (
    ChecklistForm,
    CriteriaForm,
    DatesForm,
    FactsForm,
    KpisForm,
    QuestionsForm,
    RulesForm,
    SectionForm,
    TextsForm,
)
from competition.calls.forms.stages import StagesForm
from competition.calls.models import Call, Stage, section_columns
from competition.calls.queries import organizer
from competition.calls.service.editing import set_columns, set_dates
from competition.calls.service.rubric import save_criteria, save_questions
from competition.calls.service.stages import save_stages
from competition.calls.stages import DATES, STRUCTURE
from competition.calls.wall_clock import to_local
from competition.kernel.text.languages import LANGUAGES
from competition.kernel.web.language_fields import language_data


@dataclass(frozen=True)
class Section:
    """One section of the editor.

    Parameters
    ----------
    key
        Its name in addresses, in the marks of ``models.py`` and of its template, ``calls/editor/<key>.html``.
    form
        Its fields have the names of its columns.
    editable_until
        The last phase in which it can change; what teams rely on stands still once entries are in.
    load
        The data of the form as stored; by default the columns themselves.
    apply
        ``apply(call, columns, values, now)`` stores what the form holds and returns the names of what changed.
    tables
        Fields whose rows are stored in a table of their own.
    """

    key: str
    label: Any
    form: type[SectionForm]
    editable_until: str
    load: Callable[[Call], dict[str, Any]] | None = None
    apply: Callable[[Call, tuple[str, ...], dict[str, Any], datetime], list[str]] = set_columns
    tables: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the call that the section shows and saves."""
        return section_columns(Call, self.key)

    def stored(self, call: Call) -> dict[str, Any]:
        """The data of the form before anything is typed."""
        data = self.load(call) if self.load else {name: getattr(call, name) for name in self.columns}
        return {**data, "version": call.version}


def section_label(key: str) -> str:
    """The heading of a section, or of the page of documents, which has no form."""
    return str(SECTIONS[key].label if key in SECTIONS else _("Documents"))


def _load_texts(call: Call) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for spec in vocabulary.HEADLINES:
        data |= language_data(spec.key, getattr(call, spec.key))
    for spec in vocabulary.DETAILS:
        data |= language_data(spec.key, call.details.get(spec.key))
    return data


def _load_dates(call: Call) -> dict[str, Any]:
    times = {name: to_local(getattr(call, name), call.programme.zone) for name in vocabulary.DATES}
    return {**times, "pilot_days": call.pilot_days}


def _load_stages(call: Call) -> dict[str, Any]:
    zone = call.programme.zone
    return {"stages": [
        {"key": str(stage.id), **{name: getattr(stage, name) for name in STRUCTURE},
         **{name: to_local(getattr(stage, name), zone) for name in DATES}}
        for stage in queries.stages(call.id)
    ]}


def _load_kpis(call: Call) -> dict[str, Any]:
    return {"kpis": [
        {**{name: kpi.get(name, "") for name in ("key", "unit", "baseline", "target", "direction")},
         **language_data("name", kpi.get("name")), **language_data("method", kpi.get("method"))}
        for kpi in call.kpis
    ]}


def _load_checklist(call: Call) -> dict[str, Any]:
    rows = [{"key": point["key"], **language_data("label", point["label"])} for point in call.checklist]
    return {"checklist": rows, "answer_days": call.answer_days}


def _load_criteria(call: Call, stage: Stage | None = None) -> dict[str, Any]:
    rubric = queries.current_rubric((stage or queries.deciding_stage(call.id)).id)
    rows = [
        {"key": c.key, "weight": c.weight, "lo": c.lo, "hi": c.hi, "step": c.step, "gate": c.gate,
         "floor_percent": c.floor_percent, **language_data("label", c.label), **language_data("guidance", c.guidance)}
        for c in rubric.criteria
    ]
    return {"criteria": rows, "tie_break": "\n".join(call.tie_break)}


def _load_questions(call: Call) -> dict[str, Any]:
    return {"questions": [
        {"key": q.key, "kind": q.kind, "required": q.required, "max_length": q.max_length,
         **language_data("label", q.label), **language_data("help", q.help),
         **language_data("choices", _choice_lines(q.choices))}
        for q in organizer.call_questions(call.id)
    ]}


def _choice_lines(choices: list[dict[str, Any]]) -> dict[str, str]:
    return {code: "\n".join(choice["label"].get(code, "") for choice in choices) for code in LANGUAGES}


SECTIONS: dict[str, Section] = {
    section.key: section
    for section in (
        Section("texts", _l("Texts"), TextsForm, "piloting", _load_texts),
        Section("facts", _l("Facts and money"), FactsForm, "open"),
        Section("dates", _l("Dates"), DatesForm, "piloting", _load_dates, set_dates),
        Section("stages", _l("Stages"), StagesForm, "judging", _load_stages, save_stages, ("stages",)),
        Section("rules", _l("Rules"), RulesForm, "open"),
        Section("kpis", _l("Targets"), KpisForm, "open", _load_kpis),
        Section("checklist", _l("Eligibility"), ChecklistForm, "open", _load_checklist),
        Section("criteria", _l("Criteria"), CriteriaForm, "judging", _load_criteria, save_criteria, ("criteria",)),
        Section("questions", _l("Questions"), QuestionsForm, "open", _load_questions, save_questions, ("questions",)),
    )
}


def criteria_of(stage: Stage) -> Section:
    """The section of criteria for one scored stage; that in :data:`SECTIONS` is for the stage that decides."""
    return replace(
        SECTIONS["criteria"], load=partial(_load_criteria, stage=stage), apply=partial(save_criteria, stage=stage)
    )
