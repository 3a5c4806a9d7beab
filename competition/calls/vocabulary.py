"""The texts of a call, in the order in which a reader needs them, and the vocabularies of its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class TextSpec:
    """One published text: its key, its heading for readers, its hint for organizers, its longest length."""

    key: str
    label: Any
    hint: Any
    most: int = 8000
    rows: int = 5


HEADLINES = (
    TextSpec("title", _l("Title"), _l("The problem in one line, in the words of those who have it."), 160, 1),
    TextSpec("summary", _l("Summary"), _l("Two sentences: what happens today, what teams should make better."), 600, 3),
    TextSpec("owner", _l("Scenario owner"), _l("The body that has the problem and will host the pilot."), 200, 1),
    TextSpec("organiser", _l("Organiser"), _l("The body that runs this call."), 200, 1),
)

# Groups of long Markdown texts: (key of the group, heading, texts).
GROUPS: tuple[tuple[str, Any, tuple[TextSpec, ...]], ...] = (
    ("need", _l("The problem"), (
        TextSpec("problem", _l("What is the problem"), _l("Describe the problem, not a solution.")),
        TextSpec("pain_points", _l("Who is hurt by it, and how"), _l("Residents, staff, costs.")),
        TextSpec("current_state", _l("How it is done today, what was tried"), _l("What failed saves teams months.")),
        TextSpec("outcomes", _l("What should be different afterwards"), _l("The change you would notice.")),
    )),
    ("conditions", _l("Where and with what"), (
        TextSpec("site", _l("Site"), _l("Where the pilot takes place and how many people it reaches.")),
        TextSpec("data", _l("Data and interfaces"), _l("What is provided, how sensitive, and from when.")),
        TextSpec("reuse", _l("Systems to build on"), _l("What exists already and must be used.")),
        TextSpec("constraints", _l("Limits"), _l("What a solution must never do.")),
    )),
    ("entering", _l("Who can enter, and what to send"), (
        TextSpec("eligibility", _l("Who can enter"), _l("Legal form, independence from the owner, earlier winners.")),
        TextSpec("consortium", _l("Entering together"), _l("Lead applicant, partners, their shares.")),
        TextSpec("documents", _l("Documents to send"), _l("What must be attached to an entry.")),
    )),
    ("terms", _l("What you get, and the terms"), (
        TextSpec("award", _l("What is awarded"), _l("Kind of award, what the money pays for, when it is paid.")),
        TextSpec("support", _l("Support"), _l("Space, compute, data, a person to ask.")),
        TextSpec("ip", _l("Rights and data"), _l("Who owns what was made, and what happens to the data.")),
        TextSpec("later_purchase", _l("After the pilot"), _l("What a good pilot leads to, and what not.")),
    )),
)
DETAILS: tuple[TextSpec, ...] = tuple(spec for _key, _heading, specs in GROUPS for spec in specs)

# Ties are settled by criteria first, then by these, in the order that the call gives.
GENERAL_TIE_BREAKS = {
    "untrimmed_mean": _l("the mean of all judges, nothing dropped"),
    "lower_quote": _l("the lower budget quote"),
    "panel_vote": _l("a vote of the panel"),
    "recorded_draw": _l("a draw, on record"),
}
METHODS = {
    "trimmed": _l("Mean without the highest and the lowest"),
    "mean": _l("Mean of all judges"),
    "median": _l("Median of all judges"),
}
# By what entries are grouped in the calibration, beside the key of a choice question: see ``Call.group_by``.
GROUPINGS = {
    "": _l("Not at all"),
    "language": _l("The language that the entry is written in"),
}
DATES = {
    "opens_at": _l("Entries open"),
    "visit_at": _l("Site visit"),
    "questions_close_at": _l("Questions close"),
    "deadline_at": _l("Deadline for entries"),
    "notice_at": _l("Public notice"),
    "pilot_at": _l("Pilot starts"),
}
QUESTION_KINDS = {
    "long_text": _l("Long text"),
    "text": _l("One line"),
    "choice": _l("Choice"),
    "yes_no": _l("Yes or no"),
    "number": _l("Number"),
}
