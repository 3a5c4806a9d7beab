"""Where each demo call stands, relative to the moment of loading, so that a demo never goes stale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class CallPlan:
    """One call's place in the story.

    Parameters
    ----------
    stage
        ``draft, upcoming, open, closed, judging, defence, ready, notice, piloting, archived``.
    deadline
        Time from loading to the deadline; negative when it has passed.
    entries
        How many teams have entered.
    panel
        Which judges sit on the panel, by number.
    """

    stage: str
    deadline: timedelta
    entries: int = 0
    panel: tuple[int, ...] = ()

    @property
    def entered_before(self) -> bool:
        """Whether every entry of the call has been submitted."""
        return self.deadline < timedelta(0)


def published_at(deadline: datetime, now: datetime) -> datetime:
    """When a decided call's result became public: three weeks after the deadline, at the latest two days ago."""
    return min(deadline + timedelta(days=21), now - timedelta(days=2))


PLANS: dict[str, CallPlan] = {
    "XSG-01": CallPlan("open", timedelta(days=12), 5),
    "XSG-02": CallPlan("judging", timedelta(days=-9), 12, (1, 2, 3, 4, 5)),
    "XSG-03": CallPlan("open", timedelta(hours=5), 6),
    "XSG-04": CallPlan("notice", timedelta(days=-26), 11, (1, 3, 4, 7, 9)),
    "XSG-05": CallPlan("defence", timedelta(days=-16), 9, (1, 2, 4, 6, 9)),
    "XSG-06": CallPlan("ready", timedelta(days=-14), 12, (1, 2, 3, 5, 9)),
    "XSG-07": CallPlan("piloting", timedelta(days=-60), 10, (2, 3, 5, 6, 9)),
    "XSG-08": CallPlan("open", timedelta(days=26), 4),
    "XSG-09": CallPlan("upcoming", timedelta(days=40)),
    "XSG-10": CallPlan("closed", timedelta(days=-1), 6),
    "XSG-11": CallPlan("draft", timedelta(days=45)),
    "XSG-12": CallPlan("archived", timedelta(days=-200), 8, (1, 2, 5, 8, 9)),
}

LOTTERY_CALLS = ("XSG-04", "XSG-06")  # in which lots decide between entries too close to call
STAGED_CALL = "XSG-05"  # with an eligibility check, a desk review and a defence, which has just been opened
REVIEW_OVER = timedelta(days=11)  # after its deadline: its desk review is closed
DEFENCE_PLACES = 4
JUDGES = 9
OFFICE_CLOSES = 10  # UTC: 18:00 in Shanghai
SEVERITY = (-90, 55, 0, 25, -45, 60, -10, 15, -30)  # hundredths of a point on a 0-10 scale
NOISE = (60, 35, 45, 110, 40, 55, 90, 45, 60)
LEAD_TIMES = {  # days from publication, for dates that the plan does not fix
    "visit_at": "site_visit", "questions_close_at": "qa_close", "deadline_at": "deadline",
    "notice_at": "notice_start", "pilot_at": "pilot_start",
}


def dates(plan: CallPlan, timeline: dict[str, int], now: datetime) -> dict[str, datetime]:
    """Instants of a call: the deadline as planned, at a full hour (18:00 when days away), and the rest around it."""
    deadline, published = _around(plan, timeline, now)
    instants = {name: published + timedelta(days=timeline[key]) for name, key in LEAD_TIMES.items()}
    return {**instants, "deadline_at": deadline, "opens_at": published}


def review_due(plan: CallPlan, timeline: dict[str, int], now: datetime) -> datetime:
    """When the desk review of a call is due."""
    return _around(plan, timeline, now)[1] + timedelta(days=timeline["shortlist"])


def defence_due(plan: CallPlan, timeline: dict[str, int], now: datetime) -> datetime:
    """When the defence of a call is due."""
    return _around(plan, timeline, now)[1] + timedelta(days=timeline["defence"])


def _around(plan: CallPlan, timeline: dict[str, int], now: datetime) -> tuple[datetime, datetime]:
    """Deadline and publication of a call."""
    deadline = (now + plan.deadline).replace(minute=0, second=0, microsecond=0)
    if abs(plan.deadline) >= timedelta(days=1):
        deadline = deadline.replace(hour=OFFICE_CLOSES)
    published = deadline - timedelta(days=timeline["deadline"])
    if plan.stage == "upcoming":
        published = now + timedelta(days=3)
    return deadline, published
