"""The whole aggregation on real data: ranks by hand, the same digest again, honest failures."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

import scoring
from competition.calls.models import Call
from competition.calls.queries import deciding_stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.queries.snapshot import snapshot
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.data.models import OutboxJob
from competition.kernel.errors import IllegalMove
from competition.results import labels
from competition.results.jobs.compute import _criteria, _scores
from competition.results.models import Run, RunEntry
from competition.results.queries.board import board
from competition.results.queries.explanation import explanation_of
from competition.results.queries.runs import latest_run, run_history
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, make_user
from tests.factories.calls import make_programme
from tests.factories.results import make_judged, make_many

# Weighted totals are 5 × (fit + safety).
SHEETS = {
    # 5 judges: 90 70 80 60 100; dropped 60 and 100; (90+70+80)/3 = 80
    "A": {1: (9, 9), 2: (7, 7), 3: (8, 8), 4: (6, 6), 5: (10, 10)},
    # 5 judges: 80 80 80 80 80; one of the equal highest and one of the equal lowest dropped; 80, untrimmed 80
    "B": {1: (9, 7), 2: (8, 8), 3: (8, 8), 4: (8, 8), 5: (8, 8)},
    # 3 judges: 85 90 95 → 90: too few to trim
    "C": {1: (9, 8), 2: (9, 9), 3: (10, 9)},
    # safety mean 4.5 of 10, below 60 %: gate
    "D": {1: (10, 5), 2: (10, 4), 3: (10, 4.5)},
    # two judges: no quorum
    "E": {1: (10, 10), 2: (10, 10)},
    # like A in fit and total: 5 judges 90 70 80 60 100
    "F": {1: (9, 9), 2: (7, 7), 3: (8, 8), 4: (6, 6), 5: (10, 10)},
    # nobody scored it
    "G": {},
}


@pytest.fixture
def call() -> Call:
    organizer = make_user()
    programme = make_programme(organizer)
    call = make_judged(programme, SHEETS, tie_break=["fit", "untrimmed_mean"], pass_mark=85)
    call.__dict__["organizer"] = organizer
    return call


def aggregate(call: Call, run_jobs: Callable[[], list[str]]) -> Run:
    actor = actor_of(call.__dict__["organizer"])
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor, now=clock.now())
    assert run_jobs() == ["results.aggregate: done"]
    run = latest_run(call.id)
    assert run is not None
    return run


def test_ranks_by_hand(app, call, run_jobs):
    run = aggregate(call, run_jobs)
    page = board(run.id, sort="rank", cursor=None)
    lines = [(row.code, row.rank, row.official, row.n_judges, row.quorum_met, row.gate_failed, row.passed, row.tied)
             for row in page.lines]
    assert lines == [
        ("C", 1, 90.0, 3, True, False, True, False),
        ("B", 2, 80.0, 5, True, False, False, False),  # equal 80; fit 8.2 beats 8.0
        ("A", 3, 80.0, 5, True, False, False, True),
        ("F", 3, 80.0, 5, True, False, False, True),
        ("D", None, 72.5, 3, True, True, False, False),
        ("E", None, 100.0, 2, False, False, False, False),
        ("G", None, None, 0, False, False, False, False),
    ]
    exact = dict(db.session.execute(
        select(RunEntry.by_rank, RunEntry.official).where(RunEntry.run_id == run.id)
    ).all())
    assert exact == {1: "90/1", 2: "80/1", 3: "80/1", 4: "80/1", 5: "145/2", 6: "100/1", 7: None}
    assert (run.n_entries, run.n_judges, run.n_sheets) == (7, 5, 23)
    assert run.summary["ranked"] == 4
    assert run.summary["quorum_missed"] == 2
    assert run.summary["gate_failed"] == 1


def test_worked_arithmetic(app, call, run_jobs):
    run = aggregate(call, run_jobs)
    explanation = explanation_of(run, "A")
    assert explanation is not None
    assert [(s.judge, float(s.total), s.counts, s.end) for s in explanation.sheets] == [
        ("4", 60.0, False, "lowest"), ("2", 70.0, True, ""), ("3", 80.0, True, ""), ("1", 90.0, True, ""),
        ("5", 100.0, False, "highest"),
    ]
    assert explanation.official == 80
    assert [(c.key, c.mean, c.percent, c.floor) for c in explanation.criteria] == [
        ("fit", 8, 80, None), ("safety", 8, 80, 60)]
    assert explanation.ties == [("fit", 80), ("untrimmed_mean", 80)]
    assert explanation.equals == 3
    gate = explanation_of(run, "D")
    assert gate is not None
    assert [(c.key, c.percent) for c in gate.gates_failed] == [("safety", 45)]
    assert explanation_of(run, "nothing") is None


def test_calibrated_arithmetic_is_that_of_scoring(app, run_jobs):
    """The page derives the arithmetic from what the run keeps; it must be what the calibration did."""
    organizer = make_user()
    call = make_many(make_programme(organizer), entries=24, judges=6, reviews=3, seed=4)
    call.__dict__["organizer"] = organizer
    run = aggregate(call, run_jobs)
    seen = snapshot(deciding_stage(call.id).id)
    scores, criteria = _scores(seen), _criteria(seen, run.method)
    fit = scoring.calibrate(scoring.composite(scores, criteria))
    errors = scoring.posterior(fit).se
    codes = dict(db.session.execute(select(Entry.id, Entry.code).where(Entry.call_id == call.id)).all())
    for at, entry_id in enumerate(seen.entry_ids):
        theirs, ours = scoring.explain(fit, at), explanation_of(run, codes[entry_id])
        assert ours is not None
        expected = sorted((c.total, str(c.judge_position + 1), c.leniency, c.adjusted, c.weight)
                          for c in theirs.contributions)
        shown = sorted((p.total, p.judge, p.leniency, p.adjusted, p.weight) for p in ours.fit)
        assert [row[1] for row in shown] == [row[1] for row in expected]
        assert [v for row in shown for v in row if isinstance(v, float)] == pytest.approx(
            [v for row in expected for v in row if isinstance(v, float)], abs=2e-5)
        assert (ours.base, ours.mean_adjusted, ours.trust, ours.line.calibrated, ours.line.standard_error) == (
            pytest.approx((theirs.base, theirs.mean_adjusted, theirs.trust, theirs.score, errors[at]), abs=1e-4))


def test_same_scores_same_digest(app, call, run_jobs):
    first = aggregate(call, run_jobs)
    digests = (first.inputs_digest, first.result_digest)
    second = aggregate(call, run_jobs)
    assert (second.number, second.inputs_digest, second.result_digest) == (2, *digests)
    assert second.libraries == first.libraries
    assert audit.verify(call.id) == []


def test_another_rule_another_digest(app, call, run_jobs):
    first = aggregate(call, run_jobs).result_digest
    with transaction.write():
        db.session.get_one(Call, call.id).method = "mean"
    assert aggregate(call, run_jobs).result_digest != first


def test_one_run_at_a_time(app, call):
    actor = actor_of(call.__dict__["organizer"])
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor, now=clock.now())
    with pytest.raises(IllegalMove), transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor, now=clock.now())
    assert db.session.query(OutboxJob).filter_by(kind="results.aggregate").count() == 1


def test_unlinked_judges_leave_the_official_result(app, run_jobs):
    organizer = make_user()
    call = make_judged(make_programme(organizer), {
        "P": {1: (9, 9), 2: (8, 8)}, "Q": {1: (7, 7), 2: (8, 7)},
        "R": {3: (6, 7), 4: (8, 9)}, "S": {3: (9, 9), 4: (9, 8)},
    }, quorum=2)
    call.__dict__["organizer"] = organizer
    run = aggregate(call, run_jobs)
    lines = board(run.id, sort="rank", cursor=None).lines
    assert [(row.code, row.rank) for row in lines] == [("S", 1), ("P", 2), ("R", 3), ("Q", 4)]
    assert {row.code for row in lines if row.calibrated is None} == {"R", "S"}
    item = next(item for item in run.summary["warnings"] if item["code"] == "not_comparable")
    assert (item["entries"], item["judges"]) == (2, [3, 4])
    assert "2 entries are not comparable" in labels.warning(item)
    odd = explanation_of(run, "S")
    assert odd is not None
    assert odd.not_comparable


def test_a_call_without_scores_has_a_result(app, run_jobs):
    organizer = make_user()
    call = make_judged(make_programme(organizer), {"X": {}, "Y": {}})
    call.__dict__["organizer"] = organizer
    run = aggregate(call, run_jobs)
    assert [(row.code, row.rank, row.official) for row in board(run.id, sort="rank", cursor=None).lines] == [
        ("X", None, None), ("Y", None, None)]


def test_scores_off_the_rubric_fail_the_run(app, run_jobs):
    organizer = make_user()
    call = make_judged(make_programme(organizer), {"X": {1: (9, 11), 2: (8, 8)}})
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(organizer), now=clock.now())
    assert run_jobs() == ["results.aggregate: done"]
    assert latest_run(call.id) is None
    assert [(run.number, run.state) for run in run_history(deciding_stage(call.id).id)] == [(1, "failed")]


def test_only_while_judging(app):
    organizer = make_user()
    call = make_judged(make_programme(organizer), {"X": {}}, state="published")
    with pytest.raises(IllegalMove), transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(organizer), now=clock.now())


def test_a_call_whose_scores_hardly_distinguish_entries_says_so(app, run_jobs):
    """Equal means by different judges: chance alone explains the differences."""
    organizer = make_user()
    sheets = {"A": {1: (9, 9), 2: (5, 5), 3: (7, 7)}, "B": {2: (9, 8), 3: (5, 6), 4: (7, 7)},
              "C": {3: (9, 9), 4: (6, 5), 1: (7, 7)}, "D": {4: (8, 9), 1: (5, 5), 2: (7, 8)},
              "E": {1: (7, 6), 2: (8, 8), 4: (6, 7)}, "F": {2: (6, 6), 3: (8, 8), 4: (7, 7)}}
    call = make_judged(make_programme(organizer), sheets)
    call.__dict__["organizer"] = organizer
    run = aggregate(call, run_jobs)
    assert run.summary["calibration"]["hardly_distinguished"] is True
    item = next(item for item in run.summary["warnings"] if item["code"] == "flat")
    assert "hardly distinguish" in labels.warning(item)
    lines = board(run.id, sort="rank", cursor=None).lines
    assert all(line.standard_error > 0 and line.rank_lo < line.rank_hi for line in lines)
    worst = explanation_of(run, lines[-1].code)
    assert worst is not None
    assert worst.hardly_distinguished
