"""Forms of the eligibility check."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, Optional

from competition.calls.models import Call
from competition.judging.models import EligibilityCheck
from competition.kernel.text.i18n import text_in
from competition.kernel.web.forms import REQUIRED, BaseForm, Length, VersionedForm, options

PREFIX = "point-"


class MarksForm(VersionedForm):
    """One choice for each point of a call's checklist: see :func:`checklist_form`."""

    note = TextAreaField(_l("Note for the organizers"), [Length(2000)])

    def points(self) -> list[Any]:
        """The fields of the points, in the order of the checklist."""
        return [field for field in self if field.name.startswith(PREFIX)]

    def marks(self) -> dict[str, str]:
        """What was chosen: ``{key of the point: "met" or "unmet"}``, without the points left open."""
        return {field.name.removeprefix(PREFIX): field.data for field in self.points() if field.data}


def checklist_form(call: Call, check: EligibilityCheck | None = None) -> MarksForm:
    """The form of a call's checklist: as it was sent, or filled from a stored check."""

    class CallMarksForm(MarksForm):
        pass

    choices = [("met", _l("Met")), ("unmet", _l("Not met")), ("", _l("Not looked at"))]
    for point in call.checklist:
        setattr(CallMarksForm, PREFIX + point["key"], RadioField(
            text_in(point["label"]), [Optional()], choices=options(choices), default="",
        ))
    if check is None:
        return CallMarksForm()
    data = {PREFIX + point["key"]: check.marks.get(point["key"], "") for point in call.checklist}
    return CallMarksForm(formdata=None, data={**data, "note": check.note, "version": check.version})


class AskForm(BaseForm):
    question = TextAreaField(
        _l("What is missing"), [DataRequired(REQUIRED), Length(4000)],
        description=_l("The team gets this by mail, can answer, and can add files that judges do not see."),
    )


class ReplyForm(BaseForm):
    reply = TextAreaField(_l("Reply to the team"), [DataRequired(REQUIRED), Length(4000)])


class AnswerForm(BaseForm):
    answer = TextAreaField(_l("Your answer"), [DataRequired(REQUIRED), Length(4000)])


class ObjectionForm(BaseForm):
    objection = TextAreaField(
        _l("Why the rejection is wrong"), [DataRequired(REQUIRED), Length(4000)],
        description=_l("Name the rule and say where the organizers can see that you meet it."),
    )
