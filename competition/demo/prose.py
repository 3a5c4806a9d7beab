"""What demo teams write: a plausible entry, in the team's own language, from its focus and a call's facts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from competition.calls.models import Call

LANGUAGES = {"CN": "zh", "KR": "ko"}  # of a team's country; all others write English
SOURCE = Path(__file__).parent / "data" / "prose.yaml"


@cache
def _all() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return loaded


def lang_of(country: str) -> str:
    return LANGUAGES.get(country, "en")


def texts(lang: str) -> dict[str, Any]:
    """The texts of ``prose.yaml`` in one language."""
    return _all()[lang]


def answers(call: Call, team: dict[str, Any], rng: Random) -> dict[str, Any]:
    """A complete answer set in the shape of :mod:`competition.entries.answers`; quote in minor units.

    Nothing in it names the team: the call is judged blind.
    """
    lang = lang_of(team["country"])
    phrases = texts(lang)
    method, steps = rng.choice(phrases["methods"]), rng.sample(phrases["steps"], 3)
    words = {"title": call.title[lang], "focus": team.get("own_focus", team["focus"]), "method": method}
    cap = call.award_cap_minor or call.budget_minor
    quote = cap * rng.randrange(62, 99) // 100 // 100_000 * 100_000
    days = call.pilot_days or 90
    milestones = zip(phrases["milestones"], (days // 4, days // 2, days), (30, 40, 30), strict=True)
    return {
        "profile": {},
        **{key: phrases[key].format(**words) for key in ("summary", "technical_plan", "difference", "experience")},
        "kpi_replies": {
            kpi["key"]: {
                "target": kpi["target"],
                "how": phrases["kpi"].format(baseline=f"{kpi['baseline']} {kpi['unit']}".strip()),
            } for kpi in call.kpis
        },
        "maturity": {"trl": team["trl"], "evidence": phrases["evidence"]},
        "pilot_plan": "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)),
        "milestones": [
            {"title": title, "days": day, "share_percent": share} for title, day, share in milestones
        ],
        "quote_minor": quote, "own_funds_minor": quote // 10 // 100_000 * 100_000,
        "data_ethics": phrases["data_ethics"], "risks": rng.choice(phrases["risks"]),
        "partners": [], "models_used": phrases["models_used"],
        "support_wanted": rng.sample(["office", "compute", "corpus", "service_team"], 2),
        "custom": {"local_staff": rng.choice(["yes", "yes", "no"])}, "raw": {},
    }
