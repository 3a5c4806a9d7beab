"""The cut line: where it stands before and after a selection, and what pages say about it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from competition.calls.models import Call
from competition.calls.standard_rubric import CriterionDraft
from competition.decisions.service.decisions import Proposal, propose
from competition.entries.models import Entry
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.results import cutoff_labels
from competition.results.models import RunEntry
from competition.results.queries.cutoff import Cutoff, cutoff
from competition.results.queries.runs import latest_run
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import make_programme
from tests.factories.results import TWO, make_judged


def panel(points: float) -> dict[int, tuple[float, float]]:
    return dict.fromkeys((1, 2, 3), (points, points))


# Ranks 1, 2, 2, 4, 5; the fifth is below the pass mark.
SHEETS = {"AAA1": panel(9), "BBB2": panel(8), "CCC3": panel(8), "DDD4": panel(7.5), "EEE5": panel(6)}


@pytest.fixture
def organizer(app):
    return make_user()


def aggregated(organizer, run_jobs, slots: int) -> Call:
    call = make_judged(make_programme(organizer), SHEETS, pass_mark=70, slots=slots, budget_minor=0,
                       award_cap_minor=None)
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(organizer), now=clock.now())
    run_jobs()
    return call


def close(call: Call, *codes: str) -> None:
    """Mark entries as too close to call, whatever the scores say."""
    with transaction.write():
        ids = select(Entry.id).where(Entry.code.in_(codes))
        run = latest_run(call.id)
        db.session.execute(update(RunEntry).where(RunEntry.run_id == run.id).values(close_call=False))
        db.session.execute(update(RunEntry).where(RunEntry.run_id == run.id, RunEntry.entry_id.in_(ids))
                           .values(close_call=True))


def cutoff_of(call: Call) -> Cutoff:
    line = cutoff(latest_run(call.id))
    assert line is not None
    return line


def test_before_a_selection_the_line_stands_where_the_slots_end(organizer, run_jobs):
    call = aggregated(organizer, run_jobs, 1)
    close(call, "AAA1", "BBB2", "CCC3")
    line = cutoff_of(call)
    assert (line.place, line.selected, line.code, line.rank, line.score, line.next_rank, line.next_score) == (
        1, 0, "AAA1", 1, 90.0, 2, 80.0)
    assert (line.close_in, line.close_out, line.tied, line.decided) == (1, 2, False, False)
    assert cutoff_labels.sentences(line) == [
        "The call’s one slot ends here (90.00 points above, 80.00 below).",
        "Too close to call: 1 just in and 2 just out. Another panel of the same quality could have decided them the "
        "other way.",
    ]
    assert cutoff_labels.standing(line, 1, 90.0) == (
        "This entry stands above the line, 10.00 points over the first one below it.")
    assert cutoff_labels.standing(line, 4, 75.0) == (
        "This entry stands below the line, 15.00 points under the last one above it.")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_shared_last_rank_and_empty_slots_are_said(organizer, run_jobs):
    line = cutoff_of(aggregated(organizer, run_jobs, 2))
    assert (line.place, line.tied, line.next_score) == (3, True, 75.0)
    assert cutoff_labels.sentences(line)[1].startswith("The last rank is shared: 3 entries stand above the line for 2")
    line = cutoff_of(aggregated_again(organizer, run_jobs, 5))
    assert (line.place, line.rank, line.next_score) == (4, 4, 60.0)
    assert cutoff_labels.sentences(line)[1] == "1 slot stays empty: no further entry passed."


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_entry_above_the_line_that_did_not_pass_takes_no_slot(organizer, run_jobs):
    floor = (CriterionDraft("fit", {"en": "Fit"}, {}, 50, floor_percent=50), *TWO[1:])
    low = dict.fromkeys((1, 2, 3), (4, 10))  # 70 points, but below the floor of its first criterion
    call = make_judged(make_programme(organizer), {"AAA1": panel(9), "BBB2": low, "CCC3": panel(6.5)}, criteria=floor,
                       slots=2, budget_minor=0, award_cap_minor=None, pass_mark=60)
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(organizer), now=clock.now())
    run_jobs()
    close(call, "BBB2", "CCC3")
    line = cutoff_of(call)
    assert (line.place, line.passed, line.code, line.tied) == (3, 2, "CCC3", False)
    assert (line.close_in, line.close_out) == (1, 1)
    assert not any("empty" in text or "shared" in text for text in cutoff_labels.sentences(line))
    assert not line.inside(2, "", passed=False)
    standing = cutoff_labels.standing(line, 2, 70.0, passed=False)
    assert standing == "This entry stands above the line and is not selected."


def aggregated_again(organizer, run_jobs, slots: int) -> Call:
    call = db.session.scalars(select(Call).join(Entry, Entry.call_id == Call.id).where(Entry.code == "AAA1")).one()
    with transaction.write():
        db.session.get_one(Call, call.id).slots = slots
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(organizer), now=clock.now())
    run_jobs()
    return call


def test_after_a_selection_the_line_stands_under_the_last_selected(organizer, run_jobs):
    call = aggregated(organizer, run_jobs, 2)
    ids = dict(db.session.execute(select(Entry.code, Entry.id)).all())
    with transaction.write():
        propose(
            call=db.session.get_one(Call, call.id), run_id=latest_run(call.id).id, source="test",
            actor_id=organizer.id, now=clock.now(), proposals=[
                Proposal(ids["AAA1"], "selected", 100, 20.0, "core"),
                Proposal(ids["DDD4"], "selected", 100, 5.0, "core"),
                Proposal(ids["BBB2"], "reserve", 0, 10.0, "out")])
    close(call, "DDD4", "BBB2", "CCC3")
    line = cutoff_of(call)
    assert (line.place, line.selected, line.code, line.score, line.next_score) == (4, 2, "DDD4", 75.0, 60.0)
    assert (line.close_in, line.close_out) == (1, 2)  # what is selected is in, wherever it stands
    assert cutoff_labels.standing(line, 2, 80.0, "reserve") == "This entry stands above the line and is not selected."
    assert cutoff_labels.sentences(line)[:2] == [
        "Selected end here: 2 entries, the last one at rank 4 (75.00 points above, 60.00 below).",
        "2 entries above the line are not selected: the budget, a limit or a decision of people spoke against them.",
    ]


def test_pages_draw_the_line_between_rows_in_words(app, organizer, run_jobs):
    call = aggregated(organizer, run_jobs, 1)
    close(call, "AAA1", "BBB2")
    client, base = client_of(app, organizer), f"/en/organizer/calls/{call.code}/results"
    for sort, above_it in (("rank", ["AAA1"]), ("-rank", ["EEE5", "DDD4", "CCC3", "BBB2"])):
        page = client.get(f"{base}?sort={sort}").text
        table = page[page.index('<table class="table table-cards results">'):]
        above, mark, _rest = table.partition('<tr class="cut">')
        assert mark
        assert re.findall(r'<small class="code">(\w+)</small>', above) == above_it
        assert "The call’s one slot ends here</b> <span>90.00 points above, 80.00 below</span>" in table
        assert table.count("Too close to call, just in") == table.count("Too close to call, just out") == 1
    assert '<tr class="cut">' not in client.get(f"{base}?sort=official").text
    explained = client.get(f"{base}/BBB2").text
    assert "This entry stands below the line, 10.00 points under the last one above it." in explained
    assert explained.count('class="iv-cut"') == explained.count('class="iv-dot"') >= 1
    assert re.search(r'line at <span class="num">90.00</span>', explained)
    assert "This entry stands above the line, 10.00 points over" in client.get(f"{base}/AAA1").text
    assert client.get(f"/zh/organizer/calls/{call.code}/results/BBB2").status_code == 200
