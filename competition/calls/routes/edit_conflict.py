"""Two people edited the same row: the fields that differ, as their forms show them."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectField

SKIPPED = frozenset({"csrf_token", "version"})


def diff_rows(mine: Any, theirs: Any) -> list[dict[str, str]]:
    """Rows for the ``diff`` macro, only of fields that differ: ``before`` is stored, ``after`` was typed."""
    typed, stored = dict(_shown(mine)), dict(_shown(theirs))
    labels = dict([*_labels(theirs), *_labels(mine)])
    rows = []
    for name in {**typed, **stored}:
        before, after = stored.get(name, ""), typed.get(name, "")
        if before != after and not name.startswith("change_"):
            rows.append({"label": labels[name], "before": before, "after": after})
    return rows


def _leaves(form: Any, prefix: str = "", heading: str = "") -> list[tuple[str, str, Any]]:
    leaves: list[tuple[str, str, Any]] = []
    for field in form:
        if field.short_name in SKIPPED or isinstance(field, HiddenField):
            continue
        if isinstance(field, FieldList):
            for number, entry in enumerate(field.entries, 1):
                leaves += _leaves(entry.form, f"{prefix}{field.short_name}-{number}-", f"{field.label.text} {number}: ")
        elif isinstance(field, FormField):
            leaves += _leaves(field.form, f"{prefix}{field.short_name}-", heading)
        else:
            leaves.append((prefix + field.short_name, heading + str(field.label.text), field))
    return leaves


def _shown(form: Any) -> list[tuple[str, str]]:
    return [(name, _text(field)) for name, _label, field in _leaves(form)]


def _labels(form: Any) -> list[tuple[str, str]]:
    return [(name, label) for name, label, _field in _leaves(form)]


def _text(field: Any) -> str:
    if isinstance(field, BooleanField):
        return "✓" if field.data else "–"
    if isinstance(field, SelectField):
        named = {str(value): str(label) for value, label, *_more in field.iter_choices()}
        return named.get(str(field.data), str(field.data or ""))
    if isinstance(field.data, list):
        return ", ".join(field.data)
    return str(field._value())
