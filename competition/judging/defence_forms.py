"""Forms of the defence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, NumberRange

from competition.calls.wall_clock import to_instant
from competition.judging.labels import ATTENDANCE
from competition.judging.service.defence import SessionPlan
from competition.kernel.errors import RuleBroken
from competition.kernel.web.forms import REQUIRED, BaseForm, Checkboxes, Length, options, plannable

LOCAL_TIME = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


class TimedForm(BaseForm):
    """A form with a start in the zone of the programme."""

    starts_at = DateTimeLocalField(_l("Starts"), format=LOCAL_TIME, validators=[DataRequired(REQUIRED), plannable])
    place = StringField(
        _l("Room or link"), [DataRequired(REQUIRED), Length(500)],
        description=_l("An address with the room, or the address of a video meeting."),
    )

    def instant(self, zone: str) -> datetime | None:
        """The instant that was typed; None, with the error beside the field, when it is no instant or two."""
        local: Any = self.starts_at.data
        try:
            return to_instant(local, zone, field="starts_at")
        except RuleBroken as error:
            self.refuse(error)
            return None


class SessionForm(TimedForm):
    places = IntegerField(
        _l("Slots"), [DataRequired(REQUIRED), NumberRange(1, 200, _l("Give a number from 1 to 200."))], default=8,
    )
    presentation_minutes = IntegerField(
        _l("Presentation, in minutes"), [DataRequired(REQUIRED), NumberRange(1, 240)], default=8,
    )
    question_minutes = IntegerField(_l("Questions, in minutes"), [NumberRange(0, 240)], default=7)
    pause_minutes = IntegerField(_l("Pause after each, in minutes"), [NumberRange(0, 240)], default=0)

    def plan(self, zone: str) -> SessionPlan | None:
        starts_at = self.instant(zone)
        if starts_at is None:
            return None
        return SessionPlan(
            starts_at, self.place.data or "", self.places.data or 1, self.presentation_minutes.data or 1,
            self.question_minutes.data or 0, self.pause_minutes.data or 0,
        )


class DrawForm(BaseForm):
    seed = StringField(
        _l("Seed from outside"), [Length(64)],
        description=_l("For example the numbers of a public lottery that was named before. Empty: the platform draws."),
    )


class StagePanelForm(BaseForm):
    judge = Checkboxes(_l("Judges of the defence"), coerce=int)


class AttendanceForm(BaseForm):
    entry = HiddenField(validators=[DataRequired(REQUIRED)])
    attendance = SelectField(
        _l("Attendance"), choices=options((key, label) for key, label in ATTENDANCE.items() if key)
    )
