"""What demo teams write: a plausible entry from a team's focus and a call's facts."""

from __future__ import annotations

from random import Random
from typing import Any

from competition.calls.models import Call

METHODS = (
    "a small model that runs on one server in the district's own room",
    "rules that staff can read and change, with a model only where rules end",
    "sensors of two makes side by side, so that one can fail",
    "a plain web form and a phone line behind the same queue",
    "weekly measurements that residents and staff look at together",
)
STEPS = (
    "two weeks of listening on site", "a shadow run beside the present way of working", "one street first, then all",
    "staff trained by staff", "an open review with the neighbourhood committee",
)
RISKS = (
    "Fewer people take part than planned: we then extend the shadow run by two weeks and publish why.",
    "A data feed arrives late: the service falls back to the present procedure and says so.",
    "Staff change: everything is written down in their language, and a second person knows each step.",
)


def answers(call: Call, team: dict[str, Any], rng: Random) -> dict[str, Any]:
    """A complete answer set in the shape of :mod:`competition.entries.answers`; quote in minor units.

    Nothing in it names the team: the call is judged blind.
    """
    title = call.title["en"]
    method, steps = rng.choice(METHODS), rng.sample(STEPS, 3)
    cap = call.award_cap_minor or call.budget_minor
    quote = cap * rng.randrange(62, 99) // 100 // 100_000 * 100_000
    days = call.pilot_days or 90
    return {
        "profile": {},
        "summary": f"We answer “{title}” with {team['focus']}: {method}. People on site keep the last word, and "
                   "the weekly figures are public from the first week on.",
        "kpi_replies": {
            kpi["key"]: {
                "target": kpi["target"],
                "how": f"Measured every week against the baseline of {kpi['baseline']} {kpi['unit']}, "
                       "by a person who is not on the team.",
            } for kpi in call.kpis
        },
        "technical_plan": f"Method: {method}. It reads only what the call provides, keeps a log of every suggestion "
                          "with its reason, and can be switched off by one person within a minute. "
                          "All parts are documented and replaceable.",
        "difference": f"Existing tools stop at a dashboard. With experience in {team['focus']} we begin at the moment "
                      "when somebody has to act, and leave out what nobody acts on.",
        "maturity": {"trl": team["trl"], "evidence": "In daily use at one site since last year; report attached."},
        "pilot_plan": "; ".join(f"{number}. {step}" for number, step in enumerate(steps, 1)) + ".",
        "milestones": [
            {"title": "Shadow run beside the present procedure", "days": days // 4, "share_percent": 30},
            {"title": "Live on the first half of the site", "days": days // 2, "share_percent": 40},
            {"title": "Targets measured and handed over", "days": days, "share_percent": 30},
        ],
        "quote_minor": quote, "own_funds_minor": quote // 10 // 100_000 * 100_000,
        "data_ethics": "Personal data stay in the district's sandbox. People are told in plain words, can say no "
                       "without giving a reason, and a named officer can stop the pilot.",
        "risks": rng.choice(RISKS),
        "partners": [], "models_used": "Open-weight models of up to 8 billion parameters, run on site.",
        "experience": f"Two comparable deployments in {team['focus']}, both still running.",
        "support_wanted": rng.sample(["office", "compute", "corpus", "service_team"], 2),
        "custom": {"local_staff": rng.choice(["yes", "yes", "no"])}, "raw": {},
    }
