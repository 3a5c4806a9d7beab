"""Mail on publication: each person once per version, in their own language, about their own entries."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from sqlalchemy import insert, select, update

from competition.accounts.models import User
from competition.calls.models import Call
from competition.decisions.jobs import announcement
from competition.decisions.queries.published import public_result
from competition.decisions.service.corrections import correct
from competition.decisions.service.decisions import Proposal, apply, listing_digest, propose
from competition.decisions.service.publication import publish
from competition.entries.models import Entry, Membership
from competition.extensions import db
from competition.judging.models import Seat
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import MailMessage, OutboxJob
from competition.kernel.jobs import outbox
from competition.kernel.text.i18n import moment
from competition.results.queries.runs import latest_run
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, make_user
from tests.factories.calls import NOW, make_programme
from tests.factories.results import make_judged, make_many

SHEETS = {"AAA1": {1: (9, 9), 2: (9, 9), 3: (9, 9)}, "BBB2": {1: (8, 8), 2: (8, 8), 3: (8, 8)},
          "CCC3": {1: (6, 6), 2: (6, 6), 3: (6, 6)}}
AWARD = 10_000_000


def join(code: str, user: User, role: str = "member") -> None:
    with transaction.write():
        team = db.session.scalar(select(Entry.team_id).where(Entry.code == code))
        db.session.add(Membership(team_id=team, user_id=user.id, role=role, joined_at=NOW))


def fetched(code: str) -> Call:
    return db.session.scalars(select(Call).where(Call.code == code)).one()


def decide(code: str, actor, outcomes) -> None:
    """Propose and apply; ``outcomes``: entry id → (outcome, award)."""
    with transaction.write():
        call = fetched(code)
        run = latest_run(call.id)
        propose(call=call, run_id=run.id, source="test", actor_id=actor.id, now=clock.now(), proposals=[
            Proposal(entry_id, outcome, award, None, "out") for entry_id, (outcome, award) in outcomes.items()])
        apply(call=call, checked=listing_digest(call.id), actor=actor, now=clock.now())


def publish_version(code: str, actor, **options) -> None:
    with transaction.write():
        publish(call=fetched(code), note={}, actor=actor, now=clock.now(), **options)


def mails() -> list[MailMessage]:
    return list(db.session.scalars(select(MailMessage).order_by(MailMessage.to, MailMessage.created_at)))


@pytest.fixture
def people(app):
    return {name: make_user(name=name, locale=locale) for name, locale in
            (("Ann", "en"), ("Bao", "zh_Hans"), ("Cho", "ko"), ("Judge", "en"))}


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def code(people, organizer, run_jobs) -> str:
    """AAA1 is Ann's and Bao's, BBB2 is Bao's, CCC3 is Cho's; one judge has an account."""
    call = make_judged(make_programme(organizer), SHEETS, pass_mark=70, slots=1, contact="office@example.test",
                       budget_minor=0, award_cap_minor=None)
    for entry, name, role in (("AAA1", "Ann", "lead"), ("AAA1", "Bao", "member"), ("BBB2", "Bao", "lead"),
                              ("CCC3", "Cho", "lead")):
        join(entry, people[name], role)
    with transaction.write():
        db.session.execute(update(Seat).where(Seat.number == 2).values(user_id=people["Judge"].id))
        request_run(call=fetched(call.code), actor=actor_of(organizer), now=clock.now())
    run_jobs()
    return call.code


def ids() -> dict[str, object]:
    return dict(db.session.execute(select(Entry.code, Entry.id)).all())


def test_each_person_is_told_once_in_their_language(code, organizer, people, run_jobs):
    actor, entry = actor_of(organizer), ids()
    decide(code, actor, {entry["AAA1"]: ("selected", AWARD), entry["BBB2"]: ("reserve", 0),
                         entry["CCC3"]: ("not_selected", 0)})
    publish_version(code, actor)
    assert mails() == []  # the request only promises
    done = Counter(run_jobs())
    assert done == {"decisions.announce: done": 1, "decisions.announce_batch: done": 2, "mail.send: done": 4}
    mail_to = {mail.to: mail for mail in mails()}
    assert set(mail_to) == {user.email for user in people.values()}
    ann = mail_to[people["Ann"].email]
    title = fetched(code).title["en"]
    assert ann.subject == f"Result of {code}: {title}"
    until = public_result(code).version.notice_until
    assert ann.body == (
        f"Dear Ann,\n\nthe result of “{title}” is public.\n\n"
        "Entry AAA1 of Team AAA1\nOutcome: Selected, award CN¥100,000\n"
        "Your scores, what the judges wrote, and how it was computed:\n"
        "http://localhost/en/my/entries/AAA1/result\n\n"
        f"The public page:\nhttp://localhost/en/results/{code}\n\n"
        f"The public notice ends on {_moment(until)}. If you think that something was misread, write to "
        "office@example.test before then.\n"
    )
    bao = mail_to[people["Bao"].email]
    assert bao.lang == "zh_Hans"
    assert re.findall(r"http://localhost/zh/\S+", bao.body) == [
        "http://localhost/zh/my/entries/AAA1/result", "http://localhost/zh/my/entries/BBB2/result",
        f"http://localhost/zh/results/{code}"]
    assert re.findall(r"http://localhost/(\w+)/", mail_to[people["Cho"].email].body) == ["ko", "ko"]
    judge = mail_to[people["Judge"].email]
    assert judge.subject == f"Thank you for judging {code}"
    assert "Your 3 score sheets are part of it." in judge.body
    assert "AAA1" not in judge.body


def _moment(at) -> str:
    return moment(at, "Asia/Shanghai")


def test_a_correction_tells_teams_again_and_judges_not(code, organizer, people, run_jobs):
    actor, entry = actor_of(organizer), ids()
    decide(code, actor, {entry["AAA1"]: ("selected", AWARD), entry["BBB2"]: ("reserve", 0),
                         entry["CCC3"]: ("not_selected", 0)})
    publish_version(code, actor)
    run_jobs()
    with transaction.write():
        correct(call=fetched(code), reason="x", actor=actor, now=clock.now())
    decide(code, actor, {entry["AAA1"]: ("reserve", 0), entry["BBB2"]: ("selected", AWARD)})
    publish_version(code, actor, reason={"en": "A conflict was found"})
    run_jobs()
    assert Counter(mail.to for mail in mails()) == {
        people["Ann"].email: 2, people["Bao"].email: 2, people["Cho"].email: 2, people["Judge"].email: 1}
    ann, cho = ([mail for mail in mails() if mail.to == people[name].email][1] for name in ("Ann", "Cho"))
    assert ann.subject.startswith(f"Corrected result of {code}")
    assert "Version 2 replaces version 1: A conflict was found" in ann.body
    assert "Outcome: Reserve list\nBefore the correction: Selected\n" in ann.body
    assert "/my/entries/CCC3/result" not in cho.body  # CCC3 is no longer in the result


def test_a_part_that_runs_twice_writes_once(code, organizer, run_jobs):
    actor, entry = actor_of(organizer), ids()
    decide(code, actor, {entry["AAA1"]: ("selected", AWARD)})
    publish_version(code, actor)
    job_id = db.session.scalars(select(OutboxJob.id).where(OutboxJob.kind == "decisions.announce")).one()
    db.session.rollback()
    assert outbox.run(job_id) == "done"
    batches = select(OutboxJob.id).where(OutboxJob.kind == announcement.ANNOUNCE_BATCH.name)
    part = db.session.scalars(batches.limit(1)).one()
    db.session.rollback()
    assert outbox.run(job_id) == "skipped"
    assert [outbox.run(part), outbox.run(part)] == ["done", "skipped"]
    run_jobs()
    assert set(Counter(mail.to for mail in mails()).values()) == {1}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_thousand_teams(organizer, run_jobs):
    actor = actor_of(organizer)
    call = make_many(make_programme(organizer), entries=1000, judges=5, reviews=1, quorum=1, pass_mark=None, slots=3)
    with transaction.write():
        teams = db.session.scalars(select(Entry.team_id).where(Entry.call_id == call.id)).all()
        users = [{"id": new_id(), "email": f"m{at}@example.test", "name": f"M{at}", "locale": "en",
                  "zone": "Asia/Shanghai", "is_operator": False, "created_at": NOW} for at in range(len(teams))]
        db.session.execute(insert(User), users)
        db.session.execute(insert(Membership), [
            {"team_id": team, "user_id": user["id"], "role": "lead", "joined_at": NOW}
            for team, user in zip(teams, users, strict=True)])
        request_run(call=fetched(call.code), actor=actor, now=clock.now())
    run_jobs()
    entries = db.session.scalars(select(Entry.id).where(Entry.call_id == call.id)).all()
    decide(call.code, actor, dict.fromkeys(entries, ("reserve", 0)))
    publish_version(call.code, actor)
    assert mails() == []  # the request writes one job, whatever the number of teams
    assert run_only("decisions.announce") == 1
    assert run_only("decisions.announce_batch") == 20
    assert Counter(mail.to for mail in mails()) == {user["email"]: 1 for user in users}


def run_only(kind: str) -> int:
    """Runs the due jobs of one kind and leaves the sending of mail for later."""
    due = db.session.scalars(select(OutboxJob.id).where(OutboxJob.kind == kind, OutboxJob.state == "due")).all()
    db.session.rollback()
    assert {outbox.run(job_id) for job_id in due} == {"done"}
    return len(due)
