"""Whole numbers in forms: 0 is a number, and what is none gets one message."""

from __future__ import annotations

import pytest
from flask import Flask
from wtforms.validators import InputRequired, NumberRange, Optional

from competition.kernel.web.forms import REQUIRED, BaseForm, WholeNumberField


class CountForm(BaseForm):
    required = WholeNumberField("Required", validators=[InputRequired(REQUIRED), NumberRange(1, 9, "Out of range.")])
    free = WholeNumberField("Free", validators=[Optional(), NumberRange(0, 9, "Out of range.")])


@pytest.mark.parametrize(("typed", "value", "required", "free"), [
    ("0", 0, ["Out of range."], []), ("5", 5, [], []), ("10", 10, ["Out of range."], ["Out of range."]),
    ("", None, [REQUIRED], []),
    ("many", None, ["Give a whole number."], ["Give a whole number."]),
    ("1.5", None, ["Give a whole number."], ["Give a whole number."]),
    ("9" * 5000, None, ["Give a whole number."], ["Give a whole number."]),
])
def test_each_number_has_its_one_message(
    app: Flask, typed: str, value: int | None, required: list[str], free: list[str]
) -> None:
    with app.test_request_context("/en/", method="POST", data={"required": typed, "free": typed}):
        form = CountForm()
        form.validate()
        assert (form.required.data, form.free.data) == (value, value)
        assert ([str(e) for e in form.required.errors], [str(e) for e in form.free.errors]) == (
            [str(e) for e in required], free)
        assert form.free._value() == typed
