"""Forms of the judging slice. The score sheet's fields follow its rubric and are read by :func:`marks`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from competition.calls.forms.fields import LOCAL_TIME
from competition.calls.forms.programmes import PublicReasonForm
from competition.calls.queries import RubricView
from competition.judging import scores
from competition.judging.labels import ANSWERS, FLAGS, LANGUAGES, RELATIONS
from competition.judging.service.sheets import Marks, scale_errors
from competition.kernel.text import i18n
from competition.kernel.web.forms import (
    REQUIRED,
    BaseForm,
    Checkboxes,
    Length,
    WholeNumberField,
    email_address,
    options,
    plannable,
    tidy,
)
from competition.kernel.web.language_fields import locale_choices


class ProfileForm(BaseForm):
    """What an organizer writes down about a judge; ``themes`` gives the choices of expertise."""

    name = StringField(_l("Name"), [DataRequired(REQUIRED), Length(200)])
    organisation = StringField(
        _l("Organisation"), [Length(200)],
        description=_l("Compared with the teams’ organisations to find conflicts of interest."),
    )
    languages = Checkboxes(_l("Languages the judge reads"), choices=options(LANGUAGES.items()))
    expertise = Checkboxes(_l("Expertise"))
    capacity = WholeNumberField(
        _l("Entries at most"),
        [InputRequired(REQUIRED), NumberRange(1, 20000, _l("Give a number from 1 to 20000."))], default=40,
    )

    def offer_themes(self, themes: Mapping[str, dict[str, str]], label: Any) -> None:
        self.expertise.choices = options((key, label(text)) for key, text in themes.items())


class InviteForm(ProfileForm):
    email = StringField(_l("E-mail"), [DataRequired(REQUIRED), Length(320), email_address])
    locale = SelectField(
        _l("Language of the invitation"),
        choices=locale_choices(), default=i18n.locale,
    )
    confirmed = HiddenField()


class PlanForm(BaseForm):
    reviews = WholeNumberField(
        _l("Judges per entry"), [InputRequired(REQUIRED), NumberRange(1, 50, _l("Give a number from 1 to 50."))]
    )
    bridge_percent = WholeNumberField(
        _l("Share of assignments that link groups of judges (percent)"),
        [NumberRange(0, 50, _l("Give a number from 0 to 50."))], default=5,
        description=_l("Judges who share no entries cannot be compared. Five percent is usually enough."),
    )
    keep = SelectField(
        _l("Assignments made so far"),
        choices=options([("all", _l("Keep all of them")), ("begun", _l("Keep only those that judges have begun"))]),
    )


class ChallengeForm(BaseForm):
    number = SelectField(_l("Judge"), [DataRequired(REQUIRED)], coerce=int)
    entry_code = StringField(_l("Entry code"), [DataRequired(REQUIRED), Length(32)])
    note = TextAreaField(_l("Reason"), [DataRequired(REQUIRED), Length(1000)])


class ClosingForm(PublicReasonForm):
    """How a stage ends. The answers about single sheets and entries are read by :meth:`answer`."""

    everything = SelectField(
        _l("All that is not answered for below"),
        choices=options([("", _l("Answer for each")), *ANSWERS.items()]), default="",
    )
    due_at = DateTimeLocalField(_l("Wait until"), format=LOCAL_TIME, validators=[Optional(), plannable])

    def answer(self, code: str) -> str:
        """What was chosen for a missing sheet or an entry below the quorum: a key of ``ANSWERS``, or nothing."""
        chosen = request.form.get(f"answer-{code}", "") or self.everything.data or ""
        return chosen if chosen in ANSWERS else ""


class DeclareForm(BaseForm):
    answer = RadioField(
        _l("Do you have a conflict of interest with this entry?"), [DataRequired(_l("Please choose one."))],
        choices=options([
            ("none", _l("No: I am not tied to anybody behind it, as far as I can tell")),
            ("tied", _l("Yes, or it could look like one")),
        ]),
    )
    relation = SelectField(
        _l("What kind of tie?"), choices=options([("", _l("Choose one")), *RELATIONS.items()]), validate_choice=False
    )
    note = TextAreaField(
        _l("What should the organizer know?"), [Length(2000)],
        description=_l("Only the organizer reads this."),
    )


class NoteForm(BaseForm):
    text = TextAreaField(_l("Note to the panel"), [DataRequired(REQUIRED), Length(4000)])


class FlagForm(BaseForm):
    kind = SelectField(
        _l("What is it about?"), [DataRequired(REQUIRED)], choices=options([("", _l("Choose one")), *FLAGS.items()]),
    )
    text = TextAreaField(
        _l("What should the organizer know?"), [DataRequired(REQUIRED), Length(2000)],
        description=_l("The organizers read this with your number. You get a mail when they have answered."),
    )


class AbstainForm(BaseForm):
    reason = TextAreaField(
        _l("Why do you abstain?"), [DataRequired(REQUIRED), Length(2000)],
        description=_l("Only the organizers read this. You cannot read or score the entry any more."),
    )


def marks(form: Mapping[str, str], rubric: RubricView) -> tuple[Marks, dict[str, str]]:
    """What was typed on a score sheet, exactly, and what of it cannot be stored: ``{field name: message}``."""
    values: list[int | None] = []
    comments: list[str] = []
    errors: dict[str, str] = {}
    for criterion in rubric.criteria:
        name = f"score-{criterion.key}"
        value = None
        try:
            value = scores.parse(form.get(name, ""))
        except ValueError:
            errors[name] = _("This is not a number with at most two decimals.")
        values.append(value)
        comments.append(tidy(form.get(f"comment-{criterion.key}", "")))
    typed = Marks(rubric.id, tuple(values), tuple(comments), tidy(form.get("overall", "")))
    return typed, errors | scale_errors(typed, rubric)
