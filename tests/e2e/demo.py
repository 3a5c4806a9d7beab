"""The demo programme on the live site, with what its story leaves out: invitations, a plan, a selection, a file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select

from competition.accounts import service as accounts
from competition.accounts.models import User
from competition.calls.models import Call, Stage
from competition.decisions.service.corrections import correct
from competition.decisions.service.decisions import apply, listing_digest
from competition.decisions.service.selection import request_selection
from competition.entries.models import Entry, Membership, Team
from competition.entries.service import teams
from competition.exports import service as exports
from competition.extensions import db
from competition.judging.models import AssignmentPlan, DefenceSlot, EligibilityCheck
from competition.judging.service import panel, planning
from competition.kernel.data import transaction
from competition.kernel.data.models import OutboxJob
from competition.kernel.jobs import outbox
from competition.kernel.web.access import Actor
from competition.pilots.models import Pilot
from competition.results.service.runs import request_run
from tests.e2e.stage import connected, session_of
from tests.fixtures.live_site import Site

OPERATOR = "operator@example.test"
TEAM, ORGANIZER = "team1@example.test", "lead@example.test"
# Where each of them begins; a call in every state, so that a page is seen empty and full.
STARTS = {
    "public": ("/", "/en/", "/dev/mail", "/en/sign-up", "/en/forgotten"),
    "organizer": (
        "/en/organizer", "/en/organizer/selection", "/en/organizer/calls/XSG-06/results-judges",
        "/en/organizer/calls/XSG-04/publish-results",
        *(f"/en/organizer/calls/XSG-{number}" for number in ("06", "02", "11", "04", "07", "01", "05")),
        "/en/organizer/calls/XSG-05/stages",
    ),
    "operator": ("/en/organizer/programmes/new", "/en/operator"),
}
AT_HOME = ("/en/my/entries", "/en/my/pilots", "/en/judge", "/en/profile")
LONG_NAME = "Gesellschaftfürvorausschauendeverkehrsflussverbesserungundnachbarschaftshilfe"
LONG_TITLE = (
    "Keep the river promenade safe, dry and open to wheelchairs, prams and delivery robots at the same hours of the day"
)
SECONDS = 240.0  # that a job may take at most


@dataclass(frozen=True)
class Role:
    """Somebody who looks around: the cookie of their session (none for the public), the addresses to begin with."""

    cookie: tuple[str, str] | None
    starts: tuple[str, ...]


def furnish(site: Site) -> dict[str, Role]:
    """Load the demo programme unless it is there, with one of everything that a page can show; who looks at it."""
    site.flask("opencall demo load --once")
    now = datetime.now(UTC)
    with connected(site) as app:
        if accounts.user_by_email("new@example.test") is None:
            organizer = _actor(ORGANIZER)
            with transaction.write():
                _invite(organizer, now)
                _name_at_length()
                _correct(organizer, now)
            _decide(organizer, now)
        review = f"/en/my/entries/{_open_entry(TEAM)}/review"
        roles = {
            "team": (TEAM, (*AT_HOME, review, "/en/my/entries/start/XSG-08")), "pilot team": (_pilot_lead(), AT_HOME),
            "defending team": (_defending_lead(), AT_HOME),
            "judge": ("judge3@example.test", AT_HOME), "declaring judge": ("judge1@example.test", AT_HOME),
            "organizer": (ORGANIZER, (*STARTS["organizer"], _plan(), _checked())),
            "operator": (OPERATOR, STARTS["operator"]),
        }
        by_name = {name: Role(session_of(app, email), starts) for name, (email, starts) in roles.items()}
        return {"public": Role(None, STARTS["public"]), **by_name}


def _invite(organizer: Actor, now: datetime) -> None:
    """Every kind of letter with a link, and a plan that waits to be applied."""
    accounts.sign_up(
        email="new@example.test", name="New Person", password_hash="!", locale="en", zone="Asia/Shanghai", now=now,
    )
    accounts.send_reset(user_id=_actor(OPERATOR).id, now=now)
    teams.invite(team=_team(TEAM), email="member@example.test", lang="en", actor=organizer, now=now)
    profile = panel.Profile("Prof. Guest", "A university", ["en"], [], 10)
    call = _call("XSG-02")
    panel.invite_judge(call=call, email="guest@example.test", profile=profile, lang="en", actor=organizer, now=now)
    planning.start(call=call, reviews=3, bridge_percent=20, keep_all=True, actor=organizer, now=now)


def _name_at_length() -> None:
    _call("XSG-08").title = {"en": LONG_TITLE, "zh": LONG_TITLE, "ko": LONG_TITLE}
    _team(TEAM).name = LONG_NAME


def _correct(organizer: Actor, now: datetime) -> None:
    """A second version of a public result, applied and not yet published."""
    call = _call("XSG-04")
    correct(call=call, reason="A figure was read wrongly.", actor=organizer, now=now)
    apply(call=call, checked=listing_digest(call.id), actor=organizer, now=now)


def _decide(organizer: Actor, now: datetime) -> None:
    """Aggregate and select the call whose panel has finished; write its table to a file."""
    with transaction.write():
        job = request_run(call=_call("XSG-06"), actor=organizer, now=now).job_id
    _finish(job)
    with transaction.write():
        job = request_selection(
            programme=_call("XSG-06").programme, call_codes=["XSG-06"], basis="official", threshold=None, must=(),
            exclude=(), actor=organizer, now=now,
        ).job_id
    _finish(job)
    with transaction.write():
        job = exports.request_export(
            programme=_call("XSG-06").programme, table="results", fmt="csv", call_code="XSG-06", actor=organizer,
            now=now,
        ).job_id
    _finish(job)


def _actor(email: str) -> Actor:
    user = db.session.scalars(select(User).where(User.email == email)).one()
    return Actor(user_id=user.id, name=user.name, email=user.email)


def _call(code: str) -> Call:
    return db.session.scalars(select(Call).where(Call.code == code)).one()


def _team(email: str) -> Team:
    """The first team of this person."""
    mine = select(Membership.team_id).join(User, User.id == Membership.user_id).where(User.email == email)
    return db.session.scalars(select(Team).where(Team.id.in_(mine)).order_by(Team.code)).first() or _none("team")


def _open_entry(email: str) -> str:
    """The code of this person's entry to a call that still receives entries."""
    entry = db.session.scalar(
        select(Entry.code).join(Call, Call.id == Entry.call_id)
        .where(Entry.team_id == _team(email).id, Call.deadline_at > datetime.now(UTC)).order_by(Entry.code)
    )
    return entry or _none("entry")


def _pilot_lead() -> str:
    lead = db.session.scalar(
        select(User.email).join(Membership, Membership.user_id == User.id)
        .join(Entry, Entry.team_id == Membership.team_id).join(Pilot, Pilot.entry_id == Entry.id).order_by(User.email)
    )
    return lead or _none("pilot")


def _defending_lead() -> str:
    """Who leads the team of an entry that went on to the defence."""
    lead = db.session.scalar(
        select(User.email).join(Membership, Membership.user_id == User.id)
        .join(Entry, Entry.team_id == Membership.team_id).join(DefenceSlot, DefenceSlot.entry_id == Entry.id)
        .where(Entry.call_id == _call("XSG-05").id, Membership.role == "lead").order_by(User.email)
    )
    return lead or _none("defence")


def _checked() -> str:
    """An entry at the eligibility check. The list that leads there begins with those that wait, and none does."""
    code = db.session.scalar(
        select(Entry.code).join(EligibilityCheck, EligibilityCheck.entry_id == Entry.id).order_by(Entry.code)
    )
    return f"/en/organizer/calls/XSG-05/eligibility/entries/{code or _none('check')}"


def _plan() -> str:
    """The plan made above; other tests on this site plan calls of their own."""
    plans = select(AssignmentPlan.code).join(Stage, Stage.id == AssignmentPlan.stage_id)
    code = db.session.scalars(plans.where(Stage.call_id == _call("XSG-02").id)).one()
    return f"/en/organizer/calls/XSG-02/assignments/plan/{code}"


def _none(what: str) -> NoReturn:
    raise AssertionError(f"the demo has no such {what}")


def _finish(job_id: UUID | None) -> None:
    """Run the job here, or wait for the worker that was faster."""
    assert job_id is not None
    outbox.run(job_id)
    ends = time.monotonic() + SECONDS
    while db.session.get_one(OutboxJob, job_id).state != "done":
        db.session.rollback()
        assert time.monotonic() < ends, f"job {job_id} does not end"
        time.sleep(0.1)
    db.session.rollback()
