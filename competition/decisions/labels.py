"""Labels of outcomes, decisions, selections and the changes that a correction makes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

OUTCOMES = {"selected": _l("Selected"), "reserve": _l("Reserve list"), "not_selected": _l("Not selected")}
DECISION_STATES = {"pending": _l("Pending"), "applied": _l("Applied"), "published": _l("Published")}
CHANGES = {
    "in": _l("moves in"), "out": _l("moves out"), "moved": _l("moves"), "award": _l("award changes"),
    "rank": _l("rank changes"),
}
BANDS = {"core": _l("Core"), "contested": _l("Contested"), "reserve": _l("Just missed"), "out": _l("Out")}
BASES = {"official": _l("Official score"), "calibrated": _l("Calibrated score")}


def outcome(key: str) -> str:
    """The label of an outcome; an unknown key is its own label."""
    return str(OUTCOMES.get(key, key))


def change(kind: str) -> str:
    """The label of a kind of change between two versions of a result."""
    return str(CHANGES[kind])
