"""A published result and its corrections: versions that never change, the notice, the pilots that follow."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from competition.calls.models import Call
from competition.decisions.models import Decision, Publication, Selection
from competition.decisions.queries.decisions import decision, decisions
from competition.decisions.queries.money import call_money, programme_money
from competition.decisions.queries.published import current_publication, public_result
from competition.decisions.queries.selections import basis_of, ready_calls, selection_to_show
from competition.decisions.queries.version_comparison import comparison_with
from competition.decisions.service.corrections import correct, discard
from competition.decisions.service.decisions import adjust, apply, listing_digest
from competition.decisions.service.publication import publish
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Seat
from competition.judging.service import conflicts
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.data.models import AuditEvent
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.pilots.models import Pilot
from competition.pilots.queries import organizer_pilot
from competition.pilots.service.progress import agree, cancel
from competition.results.service.runs import request_run
from tests.dialogs import opened
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import make_programme
from tests.factories.decisions import make_selection
from tests.factories.results import make_judged
from tests.factories.rewriting import rewrite

SHEETS = {
    "AAA1": {1: (9, 9), 2: (9, 9), 3: (9, 9), 4: (9, 9)}, "BBB2": {1: (8, 8), 2: (8, 8), 3: (8, 8), 4: (9, 9)},
    "CCC3": {1: (10, 10), 2: (7, 7), 3: (7, 7), 4: (7, 7)}, "DDD4": {1: (6, 6), 2: (6, 6), 3: (6, 6), 4: (6, 6)},
}
WHY = {"en": "Judge 4 is the sister of a team member", "zh": "评委4与团队成员有亲属关系"}
QUOTE = 10_000_000


class Published:
    """A call with two slots whose result is public: AAA1 and BBB2 selected, CCC3 in reserve, DDD4 not."""

    def __init__(self, app, run_jobs):
        self.app = app
        self.run_jobs, self.organizer, self.lead = run_jobs, make_user(), make_user()
        self.actor = actor_of(self.organizer)
        self.code = make_judged(make_programme(self.organizer), SHEETS, lead=self.lead, pass_mark=70, slots=2,
                                trim_from=9, budget_minor=0, award_cap_minor=None).code
        self.aggregate()
        self.select()
        self.apply()
        self.at = clock.now()
        self.publish(now=self.at)

    @property
    def call(self) -> Call:
        return db.session.scalars(select(Call).where(Call.code == self.code)).one()

    def aggregate(self) -> None:
        with transaction.write():
            request_run(call=self.call, actor=self.actor, now=clock.now())
        assert self.run_jobs()[0] == "results.aggregate: done"

    def select(self) -> Selection:
        return make_selection(self.call.programme_id, [self.code], self.actor, self.run_jobs)

    def do(self, command, **options):
        with transaction.write():
            return command(call=self.call, actor=self.actor, now=clock.now(), **options)

    def apply(self) -> None:
        self.do(apply, checked=listing_digest(self.call.id))

    def publish(self, *, now=None, **options) -> int:
        with transaction.write():
            publication = publish(
                call=self.call, actor=self.actor, now=now or clock.now(), **{"note": {}, **options})
            number = publication.number
        self.run_jobs()
        return number

    def adjust(self, code: str, outcome: str, award: int = 0) -> None:
        row = decision(self.call.id, code)
        assert row is not None
        self.do(adjust, entry_code=code, outcome=outcome, award_minor=award, reason="Read again",
                version=row.version)

    def swap(self) -> None:
        """BBB2 out, CCC3 in, applied."""
        self.do(correct, reason="An objection")
        self.adjust("BBB2", "reserve")
        self.adjust("CCC3", "selected", QUOTE)
        self.apply()

    def outcomes(self, number: int | None = None) -> dict[str, str]:
        result = public_result(self.code, number)
        assert result is not None
        return {w.code: w.outcome for w in (*result.selected, *result.reserve)} | dict.fromkeys(
            result.others, "not_selected")

    def pilots(self) -> dict[str, tuple[str, int]]:
        rows = db.session.execute(select(Entry.code, Pilot.state, Pilot.award_minor)
                                  .join(Entry, Entry.id == Pilot.entry_id))
        return {code: (state, award) for code, state, award in rows}


@pytest.fixture
def published(app, run_jobs) -> Published:
    return Published(app, run_jobs)


FIRST = {"AAA1": "selected", "BBB2": "selected", "CCC3": "reserve", "DDD4": "not_selected"}
SECOND = {"AAA1": "selected", "BBB2": "reserve", "CCC3": "selected", "DDD4": "not_selected"}


def test_a_correction_is_the_next_version_and_changes_none(published):
    before = current_publication(published.call.id)
    digest, until = before.digest, before.notice_until
    published.swap()
    assert published.outcomes() == FIRST  # nothing of a correction on its way is public
    with pytest.raises(RuleBroken, match="Write why"):
        published.publish(reason={"en": ""})
    assert published.publish(reason=WHY) == 2
    assert published.outcomes() == published.outcomes(2) == SECOND
    assert published.outcomes(1) == FIRST
    one, two = public_result(published.code, 1), public_result(published.code)
    assert (one.version.digest, one.version.notice_until, one.current, one.successor.reason) == (
        digest, until, False, WHY)
    assert (two.version.number, two.version.reason, two.version.restarted, two.current) == (2, WHY, True, True)
    assert two.facts["changes"] == [
        {"code": "CCC3", "team": "Team CCC3", "before": "reserve", "after": "selected", "award_before": 0,
         "award_after": QUOTE},
        {"code": "BBB2", "team": "Team BBB2", "before": "selected", "after": "reserve", "award_before": QUOTE,
         "award_after": 0},
    ]
    assert public_result(published.code, 3) is None
    assert audit.verify(published.call.id) == []
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "results.corrected")).one()
    assert (event.data["number"], event.data["changed"], event.data["notice_restarted"], event.data["reason"]) == (
        2, 2, True, WHY)


def test_the_notice_begins_again_only_when_a_decision_changed(published):
    first = public_result(published.code).version
    published.do(correct, reason="A word in the note")
    published.apply()
    later = published.at + timedelta(days=3)
    with pytest.raises(RuleBroken, match="Nothing differs"):
        published.publish(reason={"en": "The note had a wrong date"}, now=later)
    published.publish(reason={"en": "The note had a wrong date"}, note={"en": "Ends on Friday"}, now=later)
    second = public_result(published.code).version
    assert (second.notice_until, second.restarted, second.published_at) == (first.notice_until, False, later)
    assert published.call.notice_at == published.at
    published.swap()
    again = published.at + timedelta(days=4)
    published.publish(reason=WHY, now=again)
    third = public_result(published.code).version
    assert third.restarted
    assert third.notice_until > first.notice_until
    assert published.call.notice_at == again
    assert [v.number for v in public_result(published.code).versions] == [3, 2, 1]


def test_without_an_open_correction_there_is_nothing_to_publish(published):
    client = client_of(published.app, published.organizer)
    page = f"/en/organizer/calls/{published.code}/publish-results"
    answer = client.get(page)
    assert (answer.status_code, answer.location) == (303, f"/en/organizer/calls/{published.code}/decisions")
    assert "This result is published. To change it, open it for correction first." in client.get(answer.location).text
    published.do(correct, reason="An objection")
    assert "Apply them first." in client.get(page, follow_redirects=True).text
    published.apply()
    assert client.get(page).status_code == 200


def test_an_entry_is_selected_without_money_only_on_purpose(published):
    published.do(correct, reason="An objection")
    with pytest.raises(RuleBroken, match="Write the award"):
        published.adjust("AAA1", "selected", 0)
    rewrite(update(Decision).where(Decision.award_minor > 0).values(award_minor=0))
    with pytest.raises(RuleBroken, match="AAA1 and BBB2 are selected without an award"):
        published.apply()
    row = decision(published.call.id, "AAA1")
    published.do(adjust, entry_code="AAA1", outcome="selected", award_minor=5, unpaid=True,
                 reason="Its owner pays", version=row.version)
    published.adjust("BBB2", "selected", QUOTE)
    published.apply()
    assert {d.code: d.award_minor for d in decisions(published.call.id, outcomes=("selected",))} == {
        "AAA1": 0, "BBB2": QUOTE}


def test_money_of_the_programme_and_of_the_call(published):
    budget = published.call.programme.budget_minor
    money = programme_money(published.call.programme_id)
    assert (money.budget_minor, money.awarded_minor, money.pending_minor) == (budget, 2 * QUOTE, 0)
    published.do(correct, reason="An objection")
    money, own = programme_money(published.call.programme_id), call_money(published.call)
    assert (money.awarded_minor, money.pending_minor) == (0, 2 * QUOTE)
    assert (own.budget_minor, own.awarded_minor, own.pending_minor, own.left_minor) == (
        budget, 0, 2 * QUOTE, budget - 2 * QUOTE)


def test_a_selection_stays_readable_after_its_result_is_public(published):
    shown = selection_to_show(published.call.programme, ready_calls(published.call.programme_id))
    assert (shown.decided, shown.settled, shown.selection.parameters["basis"]) == (True, [published.code], "official")
    assert (basis_of(published.call), public_result(published.code).facts["basis"]) == ("official", "official")
    page = client_of(published.app, published.organizer).get(
        f"/en/organizer/programmes/{published.call.programme.code}/selection").text
    assert shown.selection.digest[:16] in page
    assert f"{published.code}: these decisions are applied or published." in page
    assert "Chosen in" not in page


def test_pilots_follow_a_correction(published):
    assert published.pilots() == {"AAA1": ("proposed", QUOTE), "BBB2": ("proposed", QUOTE)}
    published.swap()
    published.publish(reason=WHY)
    assert published.pilots() == {"AAA1": ("proposed", QUOTE), "BBB2": ("cancelled", QUOTE),
                                  "CCC3": ("proposed", QUOTE)}
    published.do(correct, reason="Back, and less for AAA1")
    published.adjust("CCC3", "reserve")
    published.adjust("BBB2", "selected", 5_000_000)
    published.adjust("AAA1", "selected", 7_000_000)
    published.apply()
    published.publish(reason=WHY)
    assert published.pilots() == {"AAA1": ("proposed", 7_000_000), "BBB2": ("proposed", 5_000_000),
                                  "CCC3": ("cancelled", QUOTE)}
    pilot = db.session.scalars(select(Pilot).join(Entry, Entry.id == Pilot.entry_id).where(Entry.code == "BBB2")).one()
    assert [m.position for m in pilot.milestones] == [1, 2, 3]
    assert audit.verify(published.call.id) == []


def test_a_signed_pilot_stops_a_correction_and_a_correction_stops_signing(published):
    rewrite(update(Publication).values(notice_until=published.at - timedelta(days=1)))
    codes = dict(db.session.execute(select(Entry.code, Pilot.code).join(Entry, Entry.id == Pilot.entry_id)).all())

    def sign(code: str) -> None:
        with transaction.write():
            pilot = organizer_pilot(published.actor, codes[code])
            agree(pilot=pilot, starts_at=clock.now(), actor=published.actor, now=clock.now())

    sign("BBB2")
    published.swap()
    with pytest.raises(IllegalMove, match="being corrected"):
        sign("AAA1")
    with pytest.raises(RuleBroken, match="The pilots of BBB2 are agreed"):
        published.publish(reason=WHY)
    assert published.outcomes() == FIRST
    with transaction.write():
        pilot = organizer_pilot(published.actor, codes["BBB2"])
        cancel(pilot=pilot, reason="By agreement", actor=published.actor, now=clock.now())
    assert published.publish(reason=WHY) == 2
    assert published.outcomes() == SECOND


def test_a_new_run_after_a_late_conflict(published):
    published.do(correct, reason="A late conflict")
    seat = db.session.scalars(select(Seat).where(Seat.number == 1)).one()
    with transaction.write():
        conflicts.challenge(call=published.call, seat=db.session.get_one(Seat, seat.id), entry_code="CCC3",
                            note="Related", actor=published.actor, now=clock.now())
    published.aggregate()
    with pytest.raises(RuleBroken, match="aggregated again"):
        published.apply()
    selection = published.select()
    assert selection.parameters["calls"] == [published.code]
    published.apply()
    changes = comparison_with(current_publication(published.call.id))
    assert changes.decided == []
    assert changes.ranks == []  # 77.5 became 70: still rank 3
    assert published.publish(reason=WHY) == 2
    one, two = public_result(published.code, 1), public_result(published.code)
    assert (one.run.number, two.run.number) == (1, 2)
    assert [w.official for w in one.reserve] == [77.5]
    assert [w.official for w in two.reserve] == [70.0]
    assert not two.version.restarted


def test_a_correction_can_be_discarded(published):
    rows = {row.code: (row.outcome, row.award_minor, row.proposed, row.state)
            for row in decisions(published.call.id)}
    with pytest.raises(IllegalMove):
        published.do(discard)
    with pytest.raises(RuleBroken, match="Write why"):
        published.do(correct, reason=" ")
    published.swap()
    with pytest.raises(IllegalMove):
        published.do(correct, reason="twice")
    assert published.do(discard) == 4
    assert {row.code: (row.outcome, row.award_minor, row.proposed, row.state)
            for row in decisions(published.call.id)} == rows
    assert published.outcomes() == FIRST
    with pytest.raises(IllegalMove):
        published.do(request_run)
    assert audit.verify(published.call.id) == []


def test_pages_of_a_correction(app, published):
    client, base = client_of(app, published.organizer), f"/en/organizer/calls/{published.code}"
    visitor, public = app.test_client(), f"/en/results/{published.code}"
    assert "Correct the result" in client.get(f"{base}/decisions").text
    refused = client.post(f"{base}/decisions-correct", data={"reason": ""})
    assert (refused.status_code, opened(refused.text)) == (
        422, [(f"{base}/decisions-correct", ["Please fill this in."], "")])
    assert client.post(f"{base}/decisions-correct", data={"reason": "An objection"}).status_code == 303
    published.adjust("BBB2", "reserve")
    published.adjust("CCC3", "selected", QUOTE)
    assert "A correction is open" in client.get(f"{base}/decisions").text
    published.apply()
    page = client.get(f"{base}/publish-results").text
    assert "2 decisions change, so the public notice begins again." in page
    assert "becomes a proposed pilot" in page and "its proposed pilot is cancelled" in page
    seen = re.search(r'name="seen" value="(\w+)"', page).group(1)
    form = {"seen": seen, "reason_en": WHY["en"], "reason_zh": WHY["zh"], "note_en": "Thanks"}
    answer = client.post(f"{base}/publish-results", data={**form, "seen": "0" * 64})
    assert answer.status_code == 422 and "changed since this page" in answer.text
    answer = client.post(f"{base}/publish-results", data={**form, "reason_en": "", "reason_zh": " "})
    assert answer.status_code == 422 and "Write why the published version is replaced" in answer.text
    for _press in range(2):
        answer = client.post(f"{base}/publish-results", data=form)
        assert (answer.status_code, answer.location) == (303, public)
    assert db.session.scalar(select(func.count()).select_from(Publication)) == 2

    result = visitor.get(public).text
    text = " ".join(re.sub(r"<[^>]+>", "", result).split())
    assert re.search(r"Version 2, published .*, replaces version 1: Judge 4 is the sister of a team member", text)
    assert "It changes 2 decisions, so the public notice began again." in text
    assert f'href="{public}/versions/1"' in result
    assert "评委4与团队成员有亲属关系" in visitor.get(f"/zh/results/{published.code}").text
    old = visitor.get(f"{public}/versions/1").text
    assert "This version is no longer in force" in old and f'href="{public}"' in old
    assert re.findall(r'<small class="code">(\w+)</small>', old) == ["AAA1", "BBB2", "CCC3"]
    assert re.findall(r'<small class="code">(\w+)</small>', result) == ["AAA1", "CCC3", "BBB2", "CCC3", "BBB2"]
    assert visitor.get(f"{public}/versions/2").status_code == 200
    assert visitor.get(f"{public}/versions/3").status_code == 404
    assert visitor.get("/en/results/NONE/versions/1").status_code == 404
    own = client_of(app, published.lead).get("/en/my/entries/BBB2/result").text
    assert "Reserve list" in own and "Corrected result" in own
    assert f'<a href="mailto:{published.call.contact}">{published.call.contact}</a> before the notice ends.' in own
    assert client_of(app, make_user()).post(f"{base}/decisions-correct", data={"reason": "x"}).status_code == 404


def test_a_version_keeps_the_names_of_its_day(published):
    with transaction.write():
        entry = db.session.scalars(select(Entry).where(Entry.code == "AAA1")).one()
        entry.team.name = "Renamed"
        published.call.title = {"en": "Another title"}
    result = public_result(published.code)
    assert result.selected[0].team == "Team AAA1"
    assert result.facts["title"] != {"en": "Another title"}
