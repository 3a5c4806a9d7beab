"""Each person's work without a pointer: the focus is seen at every stop, and never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from competition.calls.queries import deciding_stage
from tests.e2e.hands import Hands
from tests.e2e.stage import CRITERIA, connected, pdf_of
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.calls import make_call, make_programme
from tests.factories.judging import make_assignment, make_panel
from tests.factories.results import make_judged
from tests.fixtures.live_site import Site

pytestmark = pytest.mark.e2e
TEXTS = ("summary", "technical_plan", "difference")
AT_HOME = re.compile(r"/en/(organizer|judge|my/entries)?$")  # whoever signs in begins at their own work
ALL_SAVED = "() => !document.querySelector('form[data-autosave-url]').autosave.changed()"


@pytest.fixture
def sit_down(live_site: Site, new_context: Callable[..., BrowserContext]) -> Callable[[str], Hands]:
    """Signs somebody in by keyboard."""
    def sit(email: str) -> Hands:
        page = new_context(reduced_motion="reduce").new_page()
        page.goto(f"{live_site.url}/en/sign-in")
        hands = Hands(page)
        hands.write("#email", email)
        hands.write("#password", PASSWORD)
        hands.follow("main button", "Sign in", AT_HOME)
        return hands

    return sit


def test_a_team_enters_a_call(live_site: Site, sit_down: Callable[[str], Hands], tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with connected(live_site):
        programme = make_programme(make_user("organizer-keys1@example.test"), code="PRG-KEYS-1")
        make_call(programme, now=now, criteria=CRITERIA, code="KEYS-1", kpis=[])
        make_user("lead-keys@example.test", name="Lea Lead")
    hands = sit_down("lead-keys@example.test")
    page = hands.page
    page.goto(f"{live_site.url}/en/calls/KEYS-1")
    hands.press("Tab")
    assert hands.stop() == "Skip to content"
    hands.press("Enter")
    hands.follow("main a", "Enter this call", "**/my/entries/start/KEYS-1")
    _describe_team(hands)
    hands.follow("button", "Begin the entry", "**/my/entries/*")
    _fill_in(hands)
    page.wait_for_function(ALL_SAVED)
    file = pdf_of(tmp_path, 20_000)
    _attach(hands, file)
    hands.go("button", "Remove", back=True)
    hands.press("Enter")
    expect(page.locator("#files")).not_to_contain_text(file.name)
    hands.stop()
    _attach(hands, file)
    hands.follow("button", "Check and submit", "**/review")
    hands.go("#signed")
    hands.press("Space")
    hands.follow("button", "Submit entry", "**/receipt*")
    expect(page.get_by_role("main")).to_contain_text("KEYS-1")


def _attach(hands: Hands, file: Path) -> None:
    """Send a file and wait until it is checked and the box for files is empty again."""
    hands.attach(".uppy-Dashboard-browse", file)
    expect(hands.page.locator("#files")).to_contain_text("SHA-256")
    expect(hands.page.locator(".uppy-Dashboard-Item")).to_have_count(0)
    hands.stop()


def _describe_team(hands: Hands) -> None:
    for name, text in (("name", "Quiet Loom"), ("native_name", "静织")):
        hands.write(f'[name="{name}"]', text)
    hands.choose('[name="org_type"]', "Company")
    hands.write('[name="registration_number"]', "91310000MA1")
    hands.choose('[name="country"]', "Finland")
    hands.write('[name="signatory"]', "Lea Lead")
    hands.write('[name="contact"]', "quiet@example.test")


def _fill_in(hands: Hands) -> None:
    page = hands.page
    for name in TEXTS:
        hands.write(f'[name="{name}"]', f"What we say about {name}.")
    hands.choose('[name="maturity.trl"]', "7")
    for name in ("maturity.evidence", "pilot_plan"):
        hands.write(f'[name="{name}"]', f"What we say about {name}.")
    for name, text in (("title", "Live on site"), ("days", "60"), ("share_percent", "100")):
        hands.write(f'[name="milestones-0-{name}"]', text)
    hands.go('[name="milestones-add"]')
    hands.press("Enter")
    expect(page.locator('[name="milestones-1-title"]')).to_be_focused()
    hands.go("[data-row-remove]")
    hands.press("Enter")
    assert hands.stop() == "Add milestone"
    for name, text in (("quote", "250,000"), ("data_ethics", "Data stay on site."), ("risks", "Few.")):
        hands.write(f'[name="{name}"]', text)


def test_a_judge_declares_and_scores(live_site: Site, sit_down: Callable[[str], Hands]) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with connected(live_site):
        panel = make_panel(judges=1, entries=1, call={
            "code": "KEYS-2", "now": now, "deadline_at": now - timedelta(days=1), "criteria": CRITERIA,
        })
        task = make_assignment(panel, panel.seats[0], panel.entries[0], state="assigned", declared_at=None)
        email = panel.judges[0].email
    hands = sit_down(email)
    page, entry = hands.page, panel.entries[0].code
    page.goto(f"{live_site.url}/en/judge")
    hands.follow(f'main a[href*="/judge/{task.code}"]', "", "**/declare")
    hands.go('[name="answer"]')
    hands.press("Space")
    expect(page.locator('[name="answer"][value="none"]')).to_be_checked()
    hands.follow("button", "Continue", "**/judge/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(entry)
    hands.dialog("button", "Keyboard")
    hands.go('[name="score-fit"]')
    hands.press("ArrowRight", 8)
    hands.go('[name="score-ethics"]')
    hands.press("9")
    hands.write('[name="overall"]', "Convincing, with evidence.")
    expect(page.locator("output[data-total]").first).to_have_text("84.00")
    hands.follow("button", "Submit and next", "**/judge?*")
    expect(page.get_by_role("main")).to_contain_text("1 / 1")


def test_an_organizer_decides_and_publishes(live_site: Site, sit_down: Callable[[str], Hands]) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with connected(live_site):
        programme = make_programme(make_user("organizer-keys3@example.test"), code="PRG-KEYS-3")
        call = make_judged(
            programme, {f"KEYS3{letter}": {1: [high, high], 2: [high - 1, high]} for letter, high in
                        (("A", 9), ("B", 8), ("C", 6))},
            now=now, code="KEYS-3", deadline_at=now - timedelta(days=2), slots=1, quorum=2,
        )
        assert deciding_stage(call.id).call_id == call.id
    hands = sit_down("organizer-keys3@example.test")
    page, calls = hands.page, f"{live_site.url}/en/organizer/calls/KEYS-3"
    page.goto(f"{calls}/results")
    hands.go("button", "Aggregate")
    hands.press("Enter")
    expect(page.get_by_text("Team KEYS3A").first).to_be_visible()
    hands.follow("main a", "Select pilots", "**/selection*")
    hands.go('[name="calls"]:checked')
    hands.go("button", "Find the best set")
    hands.press("Enter")
    expect(page.get_by_text("No better set exists within these limits.")).to_be_visible()
    page.goto(f"{calls}/decisions")
    hands.follow("main a", "Check and apply", "**/decisions-check")
    hands.follow("button", "Apply 3 decisions", "**/decisions")
    hands.dialog("summary", "Reopen")
    hands.refused("summary", "Reopen", "Reopen decisions")
    hands.follow("main a", "Publish", "**/publish-results")
    hands.follow("button", "Publish result", "**/en/results/KEYS-3")
    expect(page.get_by_role("main")).to_contain_text("Team KEYS3A")
