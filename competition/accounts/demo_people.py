"""The accounts of the demo that its sign-in page offers; they are made by ``competition.demo``."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

# Address and what the person does.
DEMO_PEOPLE: tuple[tuple[str, Any], ...] = (
    ("lead@example.test", _l("leads the programme and gives roles")),
    ("organizer@example.test", _l("publishes calls, assigns judges, decides")),
    ("desk@example.test", _l("checks eligibility")),
    ("observer@example.test", _l("reads everything, changes nothing")),
    ("operator@example.test", _l("locks accounts, begins programmes")),
    ("judge1@example.test", _l("scores")),
    ("team1@example.test", _l("enters")),
)
