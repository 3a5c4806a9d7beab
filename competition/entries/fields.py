"""The entry form as data: every field with its label, limit and place. Pages, checks and mail read this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class TextField:
    """A text of an entry. ``name`` is its name in the form and, read by dots, its place in the answers."""

    name: str
    label: Any
    hint: Any
    limit: int
    rows: int = 5
    required: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form; ``parts`` names text fields, or the special controls that the page knows."""

    key: str
    title: Any
    parts: tuple[str, ...]


TEXTS: dict[str, TextField] = {field.name: field for field in (
    TextField("summary", _l("Summary"), _l("What you would do, for whom, and what would be different afterwards. "
                                           "Don’t name your team: judges read this."), 1200),
    TextField("technical_plan", _l("Technical plan"), _l("Method, architecture, how it fits the systems that the "
                                                         "call wants reused, how it is operated."), 8000, 8),
    TextField("difference", _l("Difference from alternatives"), _l("What exists today, and why yours is better "
                                                                   "for this problem."), 2500),
    TextField("maturity.evidence", _l("Evidence for this level"), _l("Where it runs, since when, with what result."),
              2500),
    TextField("pilot_plan", _l("Pilot plan"), _l("Steps, people, what the owner must provide, how success is "
                                                 "measured."), 5000, 8),
    TextField("data_ethics", _l("Data, security and ethics"), _l("Which data you need, where it stays, who sees it, "
                                                                 "how people consent and object."), 4000, 8),
    TextField("risks", _l("Risks"), _l("What could go wrong, and what you would do then."), 3000),
    TextField("models_used", _l("Models and third-party services used"), _l("Names, versions, licences, where they "
                                                                            "run."), 2000, 3, required=False),
    TextField("experience", _l("Comparable cases"), _l("What you have delivered before, described without names."),
              3000, 5, required=False),
)}
SECTIONS = (
    Section("problem", _l("Your answer to the problem"), ("summary",)),
    Section("kpis", _l("Reply to each indicator"), ("kpis",)),
    Section("plan", _l("Plan"), ("technical_plan", "difference", "maturity.trl", "maturity.evidence")),
    Section("pilot", _l("Pilot"), ("pilot_plan", "milestones")),
    Section("money", _l("Budget"), ("quote", "own_funds")),
    Section("responsibility", _l("Responsibility"), ("data_ethics", "risks", "models_used")),
    Section("team", _l("Experience, partners, support"), ("experience", "partners", "support_wanted")),
    Section("custom", _l("Questions of this call"), ("custom",)),
)
LABELS = {
    "maturity.trl": _l("Technology readiness level"),
    "milestones": _l("Milestones"),
    "quote": _l("Budget quote"),
    "own_funds": _l("Own funds"),
    "partners": _l("Partners"),
    "support_wanted": _l("Support wanted"),
    "profile": _l("Team profile"),
    "files": _l("Files"),
}
KPI_TARGET = 120
KPI_HOW = 1500
TRL = {
    1: _l("1 – basic principles observed"),
    2: _l("2 – concept formulated"),
    3: _l("3 – proof of concept"),
    4: _l("4 – validated in the laboratory"),
    5: _l("5 – validated in a relevant environment"),
    6: _l("6 – demonstrated in a relevant environment"),
    7: _l("7 – prototype demonstrated in operation"),
    8: _l("8 – complete and qualified"),
    9: _l("9 – proven in operation"),
}
SUPPORT = {
    "office": _l("Office space"),
    "apartment": _l("Talent-apartment rent"),
    "startup_grant": _l("Start-up money"),
    "compute": _l("Compute quota"),
    "corpus": _l("Corpus quota"),
    "policy_match": _l("Automatic policy matching"),
    "service_team": _l("Named service officer"),
}
YES_NO = {"yes": _l("Yes"), "no": _l("No")}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a repeated row. ``kind``: text, country, integer; ``limit``: characters, or the largest number;
    ``least``: the smallest number."""

    name: str
    label: Any
    kind: str
    limit: int
    least: int = 0


ROWS: dict[str, tuple[Column, ...]] = {
    "milestones": (
        Column("title", _l("What is reached"), "text", 200),
        Column("days", _l("Days after the start"), "integer", 1500, least=1),
        Column("share_percent", _l("Share of payment (percent)"), "integer", 100),
    ),
    "partners": (
        Column("name", _l("Partner"), "text", 200),
        Column("country", _l("Country or region"), "country", 2),
        Column("role", _l("Role"), "text", 300),
        Column("share", _l("Share of work (percent)"), "integer", 100),
    ),
}
MILESTONES_MAX = 12
PROFILE = {
    "name": _l("Team name"),
    "native_name": _l("Name in its own script"),
    "org_type": _l("Kind of organization"),
    "registration_number": _l("Registration number"),
    "country": _l("Country or region"),
    "signatory": _l("Authorized signatory"),
    "contact": _l("Contact e-mail"),
}
PROFILE_REQUIRED = ("name", "org_type", "country", "signatory", "contact")
ORG_TYPES = {
    "company": _l("Company"),
    "university": _l("University or institute"),
    "ngo": _l("Non-profit organization"),
    "public": _l("Public body"),
    "startup": _l("Start-up being founded"),
    "individuals": _l("Group of individuals"),
}
SLOTS: dict[str, Any] = {
    "proposal": _l("Proposal"),
    "video": _l("Video"),
    "supplement": _l("Supplement"),
    "commitment": _l("Signed commitment"),
}


def slot_words() -> dict[str, str]:
    """What a file can be for, in the reader's language."""
    return {key: str(label) for key, label in SLOTS.items()}
