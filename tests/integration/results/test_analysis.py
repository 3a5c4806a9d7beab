"""What stands beside a run: what the result hangs on, what deserves a look, lots, groups of entries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

import scoring
from competition.calls.models import Call, Question, Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Conflict, Seat
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.errors import IllegalMove
from competition.results.models import LotteryDraw, Run, RunAnalysis, RunEntry
from competition.results.queries.explanation import explanation_of
from competition.results.queries.runs import latest_run
from competition.results.service.draws import draw_lots
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import make_programme
from tests.factories.results import make_judged, make_many
from tests.integration.test_list_costs import spent

# Totals are 5 × (fit + safety): A 90 70 80, B 60 90 85, C 60 60 60.
SHEETS = {
    "AAA1": {1: (9, 9), 2: (7, 7), 3: (8, 8)}, "BBB2": {1: (6, 6), 2: (9, 9), 3: (8.5, 8.5)},
    "CCC3": {1: (6, 6), 2: (6, 6), 3: (6, 6)},
}
DRAW = {"seed": "07 12 23", "source": "State lottery of 1 May, gazette.example.test"}


@pytest.fixture
def organizer(app):
    return make_user()


def aggregate(call: Call, organizer: Any, run_jobs: Any) -> Run:
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(organizer), now=clock.now())
    run_jobs()
    run = latest_run(call.id)
    assert run is not None
    return run


def part(run: Run, name: str) -> dict[str, Any]:
    part_: dict[str, Any] = db.session.get_one(RunAnalysis, run.id).document[name]
    return part_


def codes() -> dict[str, str]:
    return {str(entry): code for entry, code in db.session.execute(select(Entry.id, Entry.code))}


def test_what_the_result_hangs_on(organizer, run_jobs):
    call = make_judged(make_programme(organizer), SHEETS, method="mean", trim_from=3, slots=1)
    run = aggregate(call, organizer, run_jobs)
    firm, code = part(run, "sensitivity"), codes()

    def change(row: dict[str, Any]) -> tuple[list[str], list[str], int]:
        return [code[e] for e in row["enters"]], [code[e] for e in row["leaves"]], row["ranks"]

    assert firm["selected"] == 1
    # Means 80, 78.3, 60; without the highest and the lowest, and by the middle: 80, 85, 60.
    assert {row["method"]: change(row) for row in firm["methods"] if row["method"] != "calibrated"} == {
        "mean": ([], [], 0), "trimmed": (["BBB2"], ["AAA1"], 2), "median": (["BBB2"], ["AAA1"], 2),
    }
    # Without judge 1: 75, 87.5, 60; without 2: 85, 72.5; without 3: 80, 75.
    assert {row["seat"]: change(row) for row in firm["judges"]} == {
        1: (["BBB2"], ["AAA1"], 2), 2: ([], [], 0), 3: ([], [], 0),
    }
    # A step of half a point moves a mean by 5/6 of a point, the gap is 1.67.
    assert (firm["grades"]["grades"], firm["grades"]["deciding"]) == (18, 0)
    assert firm["chances"] is None


def test_scores_that_a_conflict_rules_out_settle_nothing(organizer, run_jobs):
    sheets = {code: dict(of_entry) for code, of_entry in SHEETS.items()}
    del sheets["AAA1"][3]  # the only score that could still be given, and its judge has a tie to the entry
    call = make_judged(make_programme(organizer), sheets, method="mean", slots=1, quorum=2, pass_mark=None)
    assert len(part(aggregate(call, organizer, run_jobs), "sensitivity")["next"]["left"]) == 1
    with transaction.write():
        seat, entry = (
            db.session.scalars(query).one()
            for query in (select(Seat.id).where(Seat.number == 3), select(Entry.id).where(Entry.code == "AAA1"))
        )
        db.session.add(Conflict(id=new_id(), seat_id=seat, entry_id=entry, kind="self", declared_at=clock.now()))
    assert part(aggregate(call, organizer, run_jobs), "sensitivity")["next"]["left"] == []


def test_one_grade_decides(organizer, run_jobs):
    sheets = {**SHEETS, "BBB2": {1: (6, 6), 2: (9, 9), 3: (8.5, 9)}}  # 79.17: one step of 0.83 makes 80, a shared rank
    call = make_judged(make_programme(organizer), sheets, method="mean", slots=1)
    firm = part(aggregate(call, organizer, run_jobs), "sensitivity")
    code = codes()
    # Any grade of A one step lower, or of B one step higher (all have room), makes B share the first place.
    assert {(code[one["entry"]], one["step"]) for one in firm["grades"]["listed"]} == {("AAA1", -1), ("BBB2", 1)}
    assert firm["grades"]["deciding"] == 12


def test_pages_of_organizers(app, organizer, run_jobs):
    call = make_judged(make_programme(organizer), SHEETS, method="mean", trim_from=3, slots=1)
    client, base = client_of(app, organizer), f"/en/organizer/calls/{call.code}"
    assert client.get(f"{base}/results-firmness").status_code == 404
    aggregate(call, organizer, run_jobs)
    firm = client.get(f"{base}/results-firmness").text
    assert re.search(r"Judge 1 <small>Judge Person 1</small>", firm)
    assert "Without any one of 2 judges, the same entries would be selected." in firm
    assert "The draw" not in firm
    fair = client.get(f"{base}/results-fairness").text
    assert "The time of 9 sheets is not known" in fair
    for language in ("zh", "ko"):
        for page in ("results-firmness", "results-fairness"):
            assert client.get(f"/{language}/organizer/calls/{call.code}/{page}").status_code == 200
    stranger = client_of(app, make_user())
    assert stranger.get(f"{base}/results-fairness").status_code == 404


def test_a_run_from_before_has_no_analysis(app, organizer, run_jobs):
    call = make_judged(make_programme(organizer), SHEETS)
    run = aggregate(call, organizer, run_jobs)
    with transaction.write():
        db.session.delete(db.session.get_one(RunAnalysis, run.id))
    client = client_of(app, organizer)
    for page in ("results-firmness", "results-fairness"):
        assert "Aggregate again to see" in client.get(f"/en/organizer/calls/{call.code}/{page}").text


def test_one_comment_on_every_sheet_is_listed(app, organizer, run_jobs):
    call = make_many(make_programme(organizer), 12, 4, 3, comment="Solid.")  # on each of the criteria
    findings = part(aggregate(call, organizer, run_jobs), "fairness")["findings"]
    # Nine sheets of each judge have the same comment, and all judges share it; it is shorter than forty letters.
    assert [(one["kind"], one["seats"], one["sheets"]) for one in findings if one["kind"] in ("copied", "shared")] == [
        ("copied", [number], 9) for number in (1, 2, 3, 4)
    ]
    fair = client_of(app, organizer).get(f"/en/organizer/calls/{call.code}/results-fairness").text
    assert re.search(r"9 of 9 sheets say: “Solid\.( Solid\.)*”", fair)


def test_lots_are_drawn_once_from_a_published_number(app, organizer, run_jobs):
    call = make_many(make_programme(organizer), 12, 4, 3, lottery=True, band_percent=50, slots=3, pass_mark=None)
    run = aggregate(call, organizer, run_jobs)
    chances = part(run, "sensitivity")["chances"]
    assert sum(float(chance) for _entry, chance in chances) == pytest.approx(3)
    client, address = client_of(app, organizer), f"/en/organizer/calls/{call.code}/results-firmness"
    refused = client.post(address, data={"seed": "", "source": "The gazette"})
    assert refused.status_code == 422
    assert "Please fill this in." in refused.text
    assert "The gazette" in refused.text
    assert client.post(address, data=DRAW).status_code == 303
    drawn = db.session.scalars(select(LotteryDraw)).one()
    hits = scoring.draw([float(chance) for _entry, chance in chances], "07 12 23").tolist()
    assert [at for at, (_entry, _chance, hit) in enumerate(drawn.chances) if hit] == hits
    assert len(hits) == 3
    page = client.get(address).text
    assert "from the published number 07 12 23." in page
    assert page.count("Not drawn") == len(chances) - 3
    db.session.rollback()
    again = aggregate(call, organizer, run_jobs)  # the same scores: the draw stands
    assert again.number == 2
    db.session.rollback()
    client.post(address, data={**DRAW, "seed": "another"})
    assert db.session.scalar(select(func.count()).select_from(LotteryDraw)) == 1
    assert "from the published number 07 12 23." in client.get(address).text


def test_pages_ask_no_more_with_many_entries(app, organizer, run_jobs):
    client, costs = client_of(app, organizer), []
    for entries, judges in ((12, 4), (240, 12)):
        call = make_many(make_programme(organizer), entries, judges, 3, slots=3, pass_mark=None)
        aggregate(call, organizer, run_jobs)
        base = f"/organizer/calls/{call.code}"
        costs.append(spent(client, [f"{base}/results-firmness", f"{base}/results-fairness"]))
    # Names of entries and texts of sheets are read in one statement each, or in none where there are none to name.
    assert [count for page in costs for count in page if count > 9] == []


def test_nothing_shows_while_scores_are_sealed(app, organizer, run_jobs):
    call = make_many(make_programme(organizer), 12, 4, 3, lottery=True, band_percent=50, slots=3, pass_mark=None)
    run = aggregate(call, organizer, run_jobs)
    with transaction.write():
        db.session.get_one(Stage, run.stage_id).state = "open"
    client, base = client_of(app, organizer), f"/en/organizer/calls/{call.code}"
    assert client.get(f"{base}/results-firmness").status_code == 404
    assert client.get(f"{base}/results-fairness").status_code == 404
    assert client.post(f"{base}/results-firmness", data=DRAW).status_code == 404
    with pytest.raises(IllegalMove, match="sealed"), transaction.write():
        draw_lots(call=db.session.get_one(Call, call.id), run=db.session.get_one(Run, run.id), **DRAW,
                  actor=actor_of(organizer), now=clock.now())
    assert db.session.scalar(select(func.count()).select_from(LotteryDraw)) == 0


def test_a_call_that_announced_no_draw_has_none(app, organizer, run_jobs):
    call = make_many(make_programme(organizer), 12, 4, 3, slots=3, pass_mark=None)
    aggregate(call, organizer, run_jobs)
    answer = client_of(app, organizer).post(f"/en/organizer/calls/{call.code}/results-firmness", data=DRAW)
    assert answer.status_code == 303
    assert db.session.scalar(select(func.count()).select_from(LotteryDraw)) == 0


def grouped(organizer: Any, group_by: str) -> Call:
    """Entries of two tracks, of which the second is better; each judge reads mostly one of them."""
    sheets, answers = {}, {}
    for at in range(12):
        good = at % 2
        judges = (4, 5, 6) if good else (1, 2, 3)
        seats = [*judges, 1 + at % 6] if 1 + at % 6 not in judges else [*judges, 1 + (at + 3) % 6]
        level = 7.5 if good else 5.5
        sheets[f"E{at:02}"] = {
            seat: ((level + (at * seat) % 5 / 2 - 1), (level + (at + seat) % 3 / 2 - 0.5)) for seat in seats
        }
        answers[f"E{at:02}"] = {"track": "b" if good else "a"}
    call = make_judged(make_programme(organizer), sheets, answers=answers, group_by=group_by)
    with transaction.write():
        db.session.add(Question(
            id=new_id(), call_id=call.id, position=1, key="track", label={"en": "Which track?"}, help={}, kind="choice",
            choices=[{"key": key, "label": {"en": key}} for key in "ab"],
        ))
    return call


def test_entries_are_grouped_by_the_answer_that_the_call_names(app, organizer, run_jobs):
    call = grouped(organizer, "track")
    run = aggregate(call, organizer, run_jobs)
    assert run.summary["grouping"] == {"by": "track", "label": {"en": "Which track?"}, "groups": 2}
    bases = {
        code: document["base"] for code, document in db.session.execute(
            select(Entry.code, RunEntry.arithmetic).join(Entry, Entry.id == RunEntry.entry_id)
            .where(RunEntry.run_id == run.id))
    }
    assert len(set(bases.values())) == 2
    assert float(bases["E01"]) > float(bases["E00"])
    for code in ("E00", "E01"):
        explained = explanation_of(run, code)
        assert explained.grouped
        reduced = explained.base + explained.trust * (explained.mean_adjusted - explained.base)
        assert reduced == pytest.approx(explained.line.calibrated)
        assert 0 <= explained.trust <= 1
    client, base = client_of(app, organizer), f"/en/organizer/calls/{call.code}/results"
    assert "gave the same answer to “Which track?”" in client.get(base).text
    assert "from the mean of its group" in client.get(f"{base}/E00").text


def test_groups_of_one_play_no_part(app, organizer, run_jobs):
    call = grouped(organizer, "language")  # all summaries are English
    run = aggregate(call, organizer, run_jobs)
    assert run.summary["grouping"] == {"by": "language", "label": {}, "groups": 1}
    assert not explanation_of(run, "E00").grouped
    page = client_of(app, organizer).get(f"/en/organizer/calls/{call.code}/results").text
    assert "groups play no part in the calibrated score" in page


def test_the_level_of_the_band_is_the_calls(organizer, run_jobs):
    wide = make_many(make_programme(organizer), 30, 6, 3, slots=5, pass_mark=None, band_percent=98)
    narrow = make_many(make_programme(organizer), 30, 6, 3, slots=5, pass_mark=None, band_percent=20)
    close = [aggregate(call, organizer, run_jobs).summary["calibration"]["close_calls"] for call in (wide, narrow)]
    assert close[0] > close[1]
