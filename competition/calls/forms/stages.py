"""The form of a call's stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateTimeLocalField, FormField, HiddenField, SelectField
from wtforms.validators import NumberRange, Optional

from competition.calls import queries
from competition.calls.forms.fields import LOCAL_TIME, Row, Rows
from competition.calls.forms.sections import RowsForm, typed_instant
from competition.calls.models import Call, Stage
from competition.calls.service.stages import MAX_STAGES
from competition.calls.stages import ADVANCES, CARRIES, DATES, KINDS, StageDraft
from competition.kernel.web.forms import REQUIRED, Length, WholeNumberField, options, plannable


class StageRow(Row):
    key = HiddenField(validators=[Length(36)])  # the id of a stored stage
    kind = SelectField(_l("Stage"), choices=options([("", _l("Choose")), *KINDS.items()]))
    for _name, _label in DATES.items():
        locals()[_name] = DateTimeLocalField(_label, format=LOCAL_TIME, validators=[Optional(), plannable])
        locals()[f"{_name}_fold"] = SelectField(_l("Which one"), choices=[], validate_choice=False)
    del _name, _label
    quorum = WholeNumberField(_l("Valid scores needed to be ranked"), validators=[Optional(), NumberRange(1, 100)])
    reviews = WholeNumberField(_l("Judges per entry"), validators=[Optional(), NumberRange(1, 100)])
    panel_min = WholeNumberField(_l("Judges on the panel at least"), validators=[Optional(), NumberRange(1, 1000)])
    carry = SelectField(_l("What counts of the stage before"), choices=options(CARRIES.items()), default="nothing")
    carry_percent = WholeNumberField(_l("Share of the stage before, in percent"),
                                 validators=[Optional(), NumberRange(1, 99)])
    advance = SelectField(_l("Who goes on to the next stage"), choices=options(ADVANCES.items()), default="decision")
    advance_top = WholeNumberField(_l("The best, up to"), validators=[Optional(), NumberRange(1, 10000)])
    advance_mark = WholeNumberField(_l("From this mark on, of 100"), validators=[Optional(), NumberRange(0, 100)])
    deliberation = BooleanField(_l("The panel discusses entries once the scores are closed"))


class StagesForm(RowsForm):
    rows, row_values = "stages", ("kind", "opens_at", "due_at", "quorum", "reviews", "panel_min")
    stages = Rows(FormField(StageRow), _l("Stages"), min_entries=1, max_entries=MAX_STAGES)

    def prepare(self, call: Call) -> None:
        super().prepare(call)
        self.stored: Mapping[str, Stage] = {str(stage.id): stage for stage in queries.stages(call.id)}

    def validate(self, extra_validators: Any = None) -> bool:
        """Also require the kind of each stage, and refuse times that are no instant in the programme's zone."""
        valid = super().validate(extra_validators)
        for row in self.filled():
            if not row.form.kind.data:
                valid = not self.say(f"{row.name}-kind", REQUIRED)
        if valid:
            self.drafts = [self._draft(row.form) for row in self.filled()]
        return not self.errors

    def values(self) -> dict[str, Any]:
        """A :class:`StageDraft` per stage, in the order of the page."""
        return {"stages": self.drafts}

    def _draft(self, row: Any) -> StageDraft:
        stored = self.stored.get(row.key.data or "")
        instants = {
            name: typed_instant(self, row[name], row[f"{name}_fold"], self.call, getattr(stored, name, None))
            for name in DATES
        }
        return StageDraft(
            UUID(row.key.data) if stored is not None else None, row.kind.data, **instants,
            quorum=row.quorum.data, reviews=row.reviews.data, panel_min=row.panel_min.data, carry=row.carry.data,
            carry_percent=row.carry_percent.data if row.carry.data == "weighted" else None, advance=row.advance.data,
            advance_top=row.advance_top.data if row.advance.data == "top" else None,
            advance_mark=row.advance_mark.data if row.advance.data == "mark" else None,
            deliberation=bool(row.deliberation.data),
        )
