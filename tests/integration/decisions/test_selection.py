"""Selection on real runs: the best set by brute force, decisions that are checked, what publishing makes."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from competition.calls.models import Call, Programme
from competition.calls.queries import programme_or_first
from competition.decisions.queries.decisions import decision, decisions
from competition.decisions.queries.published import public_result
from competition.decisions.queries.selections import ready_calls, selection_to_show
from competition.decisions.service.decisions import adjust, apply, listing_digest, reopen
from competition.decisions.service.publication import publish
from competition.decisions.service.selection import request_selection
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Permission
from competition.pilots.models import Milestone, Pilot
from competition.pilots.queries import organizer_pilot
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import make_programme
from tests.factories.decisions import make_selection
from tests.factories.results import make_judged

M = 1_000_000  # minor units


def panel(*points: float) -> dict[int, tuple[float, float]]:
    """Judges 1, 2, 3 … who give fit and safety alike; the total is ten times that."""
    return {number: (p, p) for number, p in enumerate(points, 1)}


# Two calls, one team per entry; official means and quotes chosen so that greedy by score fails.
FIRST = {"A1": panel(9, 9, 9), "A2": panel(8.5, 8.5, 8), "A3": panel(8, 8.5, 8), "A4": panel(7.5, 7, 8),
         "A5": panel(6, 6, 6.5)}
SECOND = {"B1": panel(9.5, 9, 8.5), "B2": panel(8, 8, 8.5), "B3": panel(7.5, 7.5, 8), "B4": panel(5, 6, 5)}
QUOTES = {"A1": 30 * M, "A2": 12 * M, "A3": 11 * M, "A4": 6 * M, "A5": 2 * M,
          "B1": 28 * M, "B2": 9 * M, "B3": 7 * M, "B4": 1 * M}


class World:
    """Two aggregated calls of one programme."""

    def __init__(self, run_jobs, *, budget: int = 50 * M, **columns):
        self.run_jobs = run_jobs
        self.organizer = make_user()
        self.actor = actor_of(self.organizer)
        self.programme = make_programme(self.organizer, budget_minor=budget)
        rules = {"pass_mark": 70, "slots": 2, "award_cap_minor": None, "budget_minor": 0, **columns}
        self.calls = [make_judged(self.programme, sheets, quotes=QUOTES, **rules) for sheets in (FIRST, SECOND)]
        with transaction.write():
            for call in self.calls:
                request_run(call=self.call(call), actor=self.actor, now=clock.now())
        assert run_jobs() == ["results.aggregate: done"] * 2

    def call(self, call: Call) -> Call:
        return db.session.get_one(Call, call.id)

    def select(self, **changes):
        codes = [call.code for call in self.calls]
        return make_selection(self.programme.id, codes, self.actor, self.run_jobs, **changes)

    def apply(self, call: Call) -> int:
        with transaction.write():
            return apply(call=self.call(call), checked=listing_digest(call.id), actor=self.actor,
                         now=clock.now())

    def outcomes(self, call: Call) -> dict[str, tuple[str, int]]:
        return {row.code: (row.outcome, row.award_minor) for row in decisions(call.id)}


@pytest.fixture
def world(app, run_jobs) -> World:
    return World(run_jobs)


def brute_force(budget: int, slots: int, call_budget: int | None = None) -> tuple[float, set[str]]:
    """The best set by trying all of them."""
    score = {code: sum(sum(p) for p in sheets.values()) * 5 / len(sheets)
             for entries in (FIRST, SECOND) for code, sheets in entries.items()}
    eligible = [code for code in sorted(score) if score[code] >= 70]
    best: tuple[float, set[str]] = (0.0, set())
    for size in range(len(eligible) + 1):
        for chosen in itertools.combinations(eligible, size):
            per_call = [[c for c in chosen if c[0] == letter] for letter in "AB"]
            if any(len(part) > slots for part in per_call) or sum(QUOTES[c] for c in chosen) > budget:
                continue
            if call_budget is not None and any(sum(QUOTES[c] for c in part) > call_budget for part in per_call):
                continue
            value = sum(score[c] - 70 for c in chosen)
            if value > best[0] + 1e-9:
                best = (value, set(chosen))
    return best


def test_the_best_set_is_that_of_brute_force(world):
    selection = world.select()
    value, chosen = brute_force(50 * M, 2)
    assert {e["code"] for e in selection.facts["entries"] if e["chosen"]} == chosen
    assert selection.objective == pytest.approx(value, abs=1e-5)
    assert selection.gap == 0
    assert selection.spent_minor == sum(QUOTES[code] for code in chosen)
    assert selection.budget_minor == 50 * M
    proposed = {**world.outcomes(world.calls[0]), **world.outcomes(world.calls[1])}
    assert {code for code, (outcome, _award) in proposed.items() if outcome == "selected"} == chosen
    assert proposed["A5"] == ("not_selected", 0)  # 61.67 is below the pass mark
    assert proposed["B4"] == ("not_selected", 0)
    assert all(award == QUOTES[code] for code, (outcome, award) in proposed.items() if outcome == "selected")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_calls_own_budget_is_kept_and_still_optimal(app, run_jobs):
    world = World(run_jobs, budget_minor=22 * M)
    selection = world.select()
    value, chosen = brute_force(50 * M, 2, call_budget=22 * M)
    assert {e["code"] for e in selection.facts["entries"] if e["chosen"]} == chosen
    assert selection.objective == pytest.approx(value, abs=1e-5)


def test_the_same_question_has_the_same_digest(world):
    first = world.select(basis="calibrated")
    digest, shares = first.digest, [e["share"] for e in first.facts["entries"]]
    second = world.select(basis="calibrated")
    assert (second.digest, [e["share"] for e in second.facts["entries"]]) == (digest, shares)
    assert all(share is not None for share in shares)


def test_must_and_exclude(world):
    selection = world.select(must=["A4"], exclude=["b2"])
    chosen = {e["code"] for e in selection.facts["entries"] if e["chosen"]}
    assert "A4" in chosen
    assert "B2" not in chosen
    with pytest.raises(RuleBroken), transaction.write():
        request_selection(
            programme=db.session.get_one(Programme, world.programme.id), call_codes=[world.calls[0].code],
            basis="official", threshold=None, must=["B1"], exclude=[], actor=world.actor, now=clock.now())


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_cannot_be_is_said(world):
    selection = world.select(must=["A1", "B1"])  # 58 million of 50
    assert selection.state == "failed"
    assert "budget" in selection.facts["error"]
    selection = world.select(must=["A5"])  # did not pass
    assert selection.state == "failed"
    assert "A5" in selection.facts["error"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_found_nothing_stands_in_the_form_to_be_mended(app, world):
    client, url = client_of(app, world.organizer), f"/en/organizer/programmes/{world.programme.code}/selection"
    world.select(must=["A5", "A1"], exclude=["B2"], basis="calibrated", threshold=55)
    page = client.get(url).text
    typed = {name: re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page).group(1)
             for name in ("threshold", "must", "exclude")}
    assert typed == {"threshold": "55", "must": "A1 A5", "exclude": "B2"}
    assert re.search(r'value="calibrated" checked', page)
    world.select(must=["A4"])
    assert re.search(r'<input[^>]* name="must"[^>]* value="A4"', client.get(url).text) is None


def test_adjusting_keeps_the_proposal_and_the_limits(world):
    world.select(must=["A2", "A3"], exclude=["A1"])
    call, codes = world.calls[0], world.outcomes(world.calls[0])
    chosen, spare = ["A2", "A3"], "A4"
    assert {code: outcome for code, (outcome, _a) in codes.items()} == {
        "A1": "reserve", "A2": "selected", "A3": "selected", "A4": "reserve", "A5": "not_selected"}

    def change(code, outcome, award=0, reason="Needed on site", version=1):
        with transaction.write():
            adjust(call=world.call(call), entry_code=code, outcome=outcome, award_minor=award, reason=reason,
                   version=version, actor=world.actor, now=clock.now())

    with pytest.raises(RuleBroken, match="slots"):
        change(spare, "selected", 1 * M)
    with pytest.raises(RuleBroken, match="quorum"):
        change("A5", "selected", 1 * M)
    with pytest.raises(RuleBroken, match="Write why"):
        change(chosen[0], "reserve", reason="  ")
    with pytest.raises(RuleBroken, match="budget"):
        change(chosen[0], "selected", 60 * M)
    change(chosen[0], "reserve")
    with pytest.raises(IllegalMove):
        change(chosen[0], "selected", 1 * M)  # the page was older
    change(spare, "selected", 3 * M)
    row = decision(call.id, spare)
    assert (row.outcome, row.award_minor, row.proposed, row.proposed_award_minor, row.adjusted, row.reason) == (
        "selected", 3 * M, "reserve", 0, True, "Needed on site")


def test_only_what_was_listed_is_applied(world):
    world.select()
    call = world.calls[0]
    listed = listing_digest(call.id)
    chosen = next(code for code, (outcome, _a) in world.outcomes(call).items() if outcome == "selected")
    with transaction.write():
        adjust(call=world.call(call), entry_code=chosen, outcome="reserve", award_minor=0, reason="Changed",
               version=1, actor=world.actor, now=clock.now())
    with pytest.raises(RuleBroken, match="changed since"), transaction.write():
        apply(call=world.call(call), checked=listed, actor=world.actor, now=clock.now())
    assert world.apply(call) == 5
    with pytest.raises(IllegalMove):
        world.apply(call)
    with transaction.write():
        assert reopen(call=world.call(call), reason="Read again", actor=world.actor, now=clock.now()) == 5
    assert world.apply(call) == 5


def test_applied_awards_leave_less_for_the_next_selection(world):
    world.select()
    world.apply(world.calls[0])
    spent = sum(award for _o, award in world.outcomes(world.calls[0]).values())
    selection = world.select()
    assert selection.parameters["calls"] == [world.calls[1].code]
    assert selection.budget_minor == 50 * M - spent


def test_a_newer_run_makes_decisions_stale(world):
    world.select()
    call = world.calls[0]
    with transaction.write():
        request_run(call=world.call(call), actor=world.actor, now=clock.now())
    world.run_jobs()
    with pytest.raises(RuleBroken, match="aggregated again"):
        world.apply(call)


def test_publishing_begins_notice_and_pilots(world):
    world.select()
    call = world.calls[0]
    with pytest.raises(IllegalMove), transaction.write():
        publish(call=world.call(call), note={}, actor=world.actor, now=clock.now())
    world.apply(call)
    with transaction.write():
        publication = publish(call=world.call(call), note={"en": "Thanks"}, actor=world.actor, now=clock.now())
        until = publication.notice_until
    assert world.call(call).state == "notice"
    chosen = {code for code, (outcome, _a) in world.outcomes(call).items() if outcome == "selected"}
    pilots = db.session.execute(select(Pilot).where(Pilot.call_id == call.id)).scalars().all()
    assert {pilot.entry.code for pilot in pilots} == chosen
    assert {(m.title, m.days, m.share_percent) for m in db.session.scalars(
        select(Milestone).where(Milestone.pilot_id == pilots[0].id))} == {
            ("Set up", 30, 30), ("Run", 120, 40), ("Report", 150, 30)}
    assert audit.verify(call.id) == []
    result = public_result(call.code)
    assert {w.code for w in result.selected} == chosen
    assert sorted(result.others) == ["A5"]
    assert sum(result.facts["bins"]) == 5
    assert result.facts["selected"] == len(chosen)
    assert until > clock.now() + timedelta(days=4)


def present(world):
    programme = db.session.get_one(Programme, world.programme.id)
    return selection_to_show(programme, ready_calls(programme.id))


def test_the_latest_selection_is_shown_says_when_it_is_outdated_and_stays_readable(app, world):
    client, url = client_of(app, world.organizer), f"/en/organizer/programmes/{world.programme.code}/selection"
    assert present(world) is None
    selection = world.select()
    first, second = (call.code for call in world.calls)
    shown = present(world)
    assert (shown.selection.id, shown.outdated, shown.settled, shown.fits) == (selection.id, [], [], True)
    assert "out of date" not in client.get(url).text
    with transaction.write():
        request_run(call=world.call(world.calls[0]), actor=world.actor, now=clock.now())
    world.run_jobs()
    assert present(world).outdated == [first]
    assert f"It was made before the latest aggregation of {first}." in client.get(url).text

    selection = world.select()
    world.apply(world.calls[0])
    with transaction.write():
        publish(call=world.call(world.calls[0]), note={}, actor=world.actor, now=clock.now())
    shown = present(world)
    assert (shown.selection.id, shown.outdated, shown.settled) == (selection.id, [], [first])
    with transaction.write():
        db.session.get_one(Programme, world.programme.id).budget_minor = 60 * M
    assert (present(world).budget_now_minor, present(world).fits) == (60 * M, False)
    world.apply(world.calls[1])
    with transaction.write():
        publish(call=world.call(world.calls[1]), note={}, actor=world.actor, now=clock.now())
    shown = present(world)  # nothing is left to decide: it stays, to be read
    assert (shown.selection.id, list(shown.outdated), shown.settled) == (selection.id, [], [first, second])
    assert "Latest selection" in client.get(url).text


def test_strangers_load_nothing(world):
    stranger = actor_of(make_user())
    load = programme_or_first(Permission.SELECTION_READ)
    assert load(stranger) is None
    assert load(stranger, world.programme.code) is None
    assert organizer_pilot(stranger, "NOTHING") is None
    assert load(world.actor).id == world.programme.id
