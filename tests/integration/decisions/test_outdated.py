"""Each submitted score sheet is in the result or visibly left out: nothing is decided on an outdated run."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Call
from competition.calls.queries import deciding_stage
from competition.decisions.infeasible_selection import sentences
from competition.decisions.queries.decisions import decision_counts
from competition.decisions.service.corrections import correct
from competition.decisions.service.decisions import apply, listing_digest, reopen
from competition.decisions.service.outdated import Outdated
from competition.decisions.service.publication import preview_digest, publish
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat
from competition.judging.queries.tasks import own_task
from competition.judging.scores import unpack
from competition.judging.service import conflicts, interventions, sheets
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import IllegalMove
from competition.kernel.signing import Approval
from competition.results.models import Run
from competition.results.queries.runs import latest_run
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import NOW, make_programme
from tests.factories.decisions import make_selection
from tests.factories.results import make_judged

# Judge 4 has not scored BBB2 yet.
SHEETS = {"AAA1": dict.fromkeys((1, 2, 3, 4), (9, 9)), "BBB2": dict.fromkeys((1, 2, 3), (8, 8))}
CHANGED = "Score sheets, judges, conflicts of interest, entries or criteria have changed since run 1. "
SELECT_AGAIN = CHANGED + "Aggregate again, then select again."
REOPEN = CHANGED + "Aggregate again, reopen the decisions and select again."


class Judged:
    """A call with one slot, judged and aggregated, and a judge with one more entry to score."""

    def __init__(self, run_jobs):
        self.run_jobs, self.organizer = run_jobs, make_user()
        self.actor = actor_of(self.organizer)
        self.code = make_judged(make_programme(self.organizer), SHEETS, pass_mark=70, slots=1, quorum=3,
                                budget_minor=0, award_cap_minor=None).code
        self.judge, self.task = self._late_task()
        self.aggregate()

    def _late_task(self) -> tuple[User, str]:
        judge, call = make_user(), self.call
        with transaction.write():
            seat = db.session.scalars(select(Seat).where(Seat.call_id == call.id, Seat.number == 4)).one()
            seat.user_id = judge.id
            entry = db.session.scalars(select(Entry).where(Entry.code == "BBB2")).one()
            task = Assignment(id=new_id(), stage_id=deciding_stage(call.id).id, seat_id=seat.id, entry_id=entry.id,
                              code=new_code(16), state="cleared", progress="waiting", kind="manual", assigned_at=NOW,
                              declared_at=NOW)
            db.session.add(task)
            return judge, task.code

    @property
    def call(self) -> Call:
        return db.session.scalars(select(Call).where(Call.code == self.code)).one()

    def do(self, command, **options):
        with transaction.write():
            return command(call=self.call, actor=self.actor, now=clock.now(), **options)

    def aggregate(self) -> None:
        self.do(request_run)
        assert self.run_jobs() == ["results.aggregate: done"]

    def run(self) -> Run:
        db.session.rollback()
        run = latest_run(self.call.id)
        assert run is not None
        return run

    def select(self) -> list[str]:
        """Select; returns why there is no selection."""
        selection = make_selection(self.call.programme_id, [self.code], self.actor, self.run_jobs)
        return sentences(selection.facts.get("reasons", []))

    def apply(self) -> int:
        return self.do(apply, checked=listing_digest(self.call.id))

    def publish(self, note: str = "", **options) -> int:
        with transaction.write():
            number = publish(call=self.call, note={"en": note}, actor=self.actor, now=clock.now(),
                                              **options).number
        self.run_jobs()
        return number

    def submit(self, points: int = 1000) -> None:
        """Judge 4 scores BBB2, through the command that takes scores, as if the stage had been open all the time."""
        with transaction.write():
            stage = deciding_stage(self.call.id)
            stage.state = "open"
            db.session.flush()
            task = own_task(actor_of(self.judge), self.task)
            assert task is not None
            rubric = task.sheet_rubric_id
            marks = sheets.Marks(rubric, (points, points), ("", ""), "Excellent.")
            sheets.submit(task=task, marks=marks, seen_version=0, key=new_code(), actor=actor_of(self.judge),
                          now=clock.now())
            stage.state = "closed"

    def refused(self, command) -> str:
        with pytest.raises(Outdated) as refusal:
            command()
        db.session.rollback()
        return str(refusal.value.message)

    def warned(self, app, *also: str) -> bool:
        """Whether the results page and those of ``also`` all warn; that only some of them do is a fault."""
        client, base = client_of(app, self.organizer), f"/en/organizer/calls/{self.code}"
        sentences_shown = set()
        for name in ("results", *also):
            answer = client.get(f"{base}/{name}")
            assert answer.status_code == 200, name
            sentences_shown.add(bool(re.search(r"Run \d+ has not read everything that counts now", answer.text)))
        assert len(sentences_shown) == 1
        return sentences_shown.pop()


CHECK, PUBLISH = "decisions-check", "publish-results"


@pytest.fixture
def judged(app, run_jobs) -> Judged:
    return Judged(run_jobs)


def test_nothing_changes_when_nothing_was_submitted(app, judged):
    assert judged.run().n_sheets == 7
    assert judged.select() == []
    assert not judged.warned(app, CHECK)
    assert judged.apply() == 2
    assert not judged.warned(app, PUBLISH)
    assert judged.publish() == 1
    assert judged.call.state == "notice"
    assert not judged.warned(app)


def test_a_sheet_submitted_before_the_selection(app, judged):
    judged.submit()
    assert judged.warned(app)
    assert judged.select() == [
        f"In call {judged.code} score sheets, judges, conflicts of interest, entries or criteria have changed since "
        "run 1. Aggregate again, then select again."]
    assert decision_counts(judged.call.id) == {}
    judged.aggregate()
    assert judged.run().n_sheets == 8
    assert not judged.warned(app)
    assert judged.select() == []
    assert judged.apply() == 2


def test_a_sheet_submitted_before_the_decisions_are_applied(app, judged):
    judged.select()
    judged.submit()
    assert judged.refused(judged.apply) == SELECT_AGAIN
    assert judged.warned(app, CHECK)
    page = client_of(app, judged.organizer).post(
        f"/en/organizer/calls/{judged.code}/decisions-check", data={"checked": listing_digest(judged.call.id)})
    assert page.status_code == 422
    assert SELECT_AGAIN in page.text
    assert {state for state, _outcome in decision_counts(judged.call.id)} == {"pending"}
    judged.aggregate()
    assert judged.select() == []
    assert judged.apply() == 2
    assert judged.publish() == 1


def test_a_sheet_submitted_before_the_result_is_published(app, judged):
    judged.select()
    judged.apply()
    judged.submit()
    assert judged.refused(judged.publish) == REOPEN
    assert judged.warned(app, PUBLISH)
    client, url = client_of(app, judged.organizer), f"/en/organizer/calls/{judged.code}/publish-results"
    page = client.post(url, data={"seen": preview_digest(judged.call)})
    assert page.status_code == 422
    assert REOPEN in page.text
    db.session.rollback()
    assert judged.call.state == "judging"
    judged.aggregate()
    judged.do(reopen, reason="One more sheet")
    judged.select()
    judged.apply()
    assert judged.publish() == 1
    assert judged.run().n_sheets == 8


def test_no_sheet_is_sealed_once_the_result_is_public(app, judged):
    judged.select()
    judged.apply()
    judged.publish()
    with pytest.raises(IllegalMove):
        judged.submit()


def test_the_same_number_of_sheets_with_other_scores_is_a_change(app, judged):
    """One sheet goes, another comes: counting them would not show it."""
    judged.select()
    gone = db.session.scalars(
        select(Assignment.code).join(Entry).join(Seat, Seat.id == Assignment.seat_id)
        .where(Entry.code == "AAA1", Seat.number == 4)
    ).one()
    approval = Approval("CODE", "Typed into the wrong entry", judged.actor.id, make_user().id, clock.now())
    with transaction.write():
        interventions.REOPEN.apply(interventions.SheetArguments(judged.code, gone), approval)
    judged.submit()
    assert judged.refused(judged.apply) == SELECT_AGAIN


def test_a_conflict_found_late_is_said_with_the_run(app, judged):
    judged.select()
    seat = db.session.scalars(select(Seat.id).where(Seat.call_id == judged.call.id, Seat.number == 1)).one()
    with transaction.write():
        conflicts.challenge(call=judged.call, seat=db.session.get_one(Seat, seat), entry_code="AAA1", note="A cousin",
                            actor=judged.actor, now=clock.now())
    assert judged.warned(app, CHECK)
    assert judged.refused(judged.apply) == SELECT_AGAIN
    judged.aggregate()
    run = judged.run()
    assert (run.n_sheets, run.summary["left_out"]) == (6, {"conflict": 1})
    page = client_of(app, judged.organizer).get(f"/en/organizer/calls/{judged.code}/results").text
    assert "1 submitted score sheet does not count because of a conflict of interest." in page
    assert "Run 2 has not read" not in page


def test_a_correction_works_with_and_without_another_aggregation(app, judged):
    judged.select()
    judged.apply()
    judged.publish()
    judged.do(correct, reason="An objection")
    assert not judged.warned(app, CHECK)
    judged.apply()
    assert judged.publish("Now with a note", reason={"en": "The note was missing"}) == 2
    judged.do(correct, reason="A tie that nobody had told of")
    seat = db.session.scalars(select(Seat.id).where(Seat.call_id == judged.call.id, Seat.number == 1)).one()
    with transaction.write():
        conflicts.challenge(call=judged.call, seat=db.session.get_one(Seat, seat), entry_code="AAA1", note="A cousin",
                            actor=judged.actor, now=clock.now())
    assert judged.refused(judged.apply) == SELECT_AGAIN
    assert judged.warned(app, CHECK)
    judged.aggregate()
    assert not judged.warned(app)
    assert judged.select() == []
    judged.apply()
    assert judged.publish(reason={"en": "A judge was biased"}) == 3
    counted = [len(unpack(sheet)) for sheet in db.session.scalars(select(ScoreSheet.scores))]
    assert (len(counted), judged.run().n_sheets) == (7, 6)
