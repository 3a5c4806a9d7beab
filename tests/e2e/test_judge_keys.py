"""A judge's day by keyboard alone: every key is counted, from the first one after a page opens."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from competition.calls.standard_rubric import CriterionDraft
from tests.e2e.looker import AXE, RUN_AXE
from tests.e2e.stage import connected, session_of
from tests.factories.judging import Panel, make_assignment, make_panel
from tests.fixtures.live_site import Site

pytestmark = pytest.mark.e2e
ENTRIES = 4
MOST_KEYS = 12  # for an entry, besides its text
CRITERIA = tuple(
    CriterionDraft(key, {"en": name}, {"en": "0 = not addressed, 10 = convincing and evidenced"}, 20)
    for key, name in (("fit", "Fit"), ("plan", "Plan"), ("pilot", "Pilot"), ("ethics", "Ethics"), ("value", "Value"))
)
SCREEN = {"width": 1366, "height": 768}


@dataclass
class Keyboard:
    """Presses keys and counts them; text is not counted."""

    page: Page
    pressed: int = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.pressed += len(keys)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def count(self) -> int:
        pressed, self.pressed = self.pressed, 0
        return pressed


@pytest.fixture(scope="module")
def panel(live_site: Site) -> Iterator[Panel]:
    now = datetime.now(UTC).replace(microsecond=0)
    with connected(live_site):
        panel = make_panel(judges=2, entries=ENTRIES, call={
            "code": "KEYS-5", "now": now, "deadline_at": now - timedelta(days=1), "criteria": CRITERIA,
        })
        for seat in panel.seats:
            for entry in panel.entries:
                make_assignment(panel, seat, entry, state="assigned", declared_at=None)
    yield panel


@pytest.fixture
def sit_down(live_site: Site, new_context: Callable[..., BrowserContext]) -> Callable[[str], Page]:
    """Signs a judge in, at a screen of the size that most of them have."""
    def sit(email: str) -> Page:
        context = new_context(viewport=SCREEN, reduced_motion="reduce")
        context.add_init_script(path=AXE)
        with connected(live_site) as app:
            name, value = session_of(app, email)
        context.add_cookies([{"name": name, "value": value, "url": live_site.url}])
        return context.new_page()

    return sit


def test_an_entry_takes_at_most_twelve_keys(live_site: Site, panel: Panel, sit_down: Callable[[str], Page]) -> None:
    page = sit_down(panel.judges[0].email)
    hands = Keyboard(page)
    page.goto(f"{live_site.url}/en/judge?call={panel.call.code}")
    page.locator("td.row-act a").first.click()
    counts = []
    for number in range(1, ENTRIES + 1):
        _answer(page, hands)
        expect(page.locator(".desk-head")).to_contain_text(f"{number} of {ENTRIES}")
        for digit in "78965":
            hands.press(digit, "j" if digit != "5" else "o")
        hands.write("Convincing, with evidence.")
        expect(page.locator("[data-missing]").first).to_have_text("")
        hands.press("Control+Enter")
        counts.append(hands.count())
        page.wait_for_url("**/declare" if number < ENTRIES else "**/judge?*")
    expect(page.get_by_role("main")).to_contain_text(f"{ENTRIES} / {ENTRIES}")
    assert statistics.median(counts) <= MOST_KEYS, counts


def test_an_entry_is_read_scored_and_left_by_keys(
    live_site: Site, panel: Panel, sit_down: Callable[[str], Page]
) -> None:
    page = sit_down(panel.judges[1].email)
    hands = Keyboard(page)
    page.goto(f"{live_site.url}/en/judge?call={panel.call.code}")
    page.locator("td.row-act a").first.click()
    _answer(page, hands)
    _every_criterion_is_visible(page)
    assert page.evaluate(RUN_AXE, None) == []
    _text_scrolls(page, hands)
    _a_mind_is_changed(page, hands)
    _the_focus_stays(page, hands)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(RUN_AXE, None) == []
    page.get_by_role("link", name="Scores").click()
    expect(page.locator("[data-criterion]").first).to_be_in_viewport()


def _answer(page: Page, hands: Keyboard) -> None:
    """Say that there is no conflict, and wait until the scoring screen takes keys."""
    expect(page.locator('[name="answer"][value="none"]')).to_be_focused()
    hands.press("n")
    expect(page.locator(".scale-digits").first).to_be_visible()


def _every_criterion_is_visible(page: Page) -> None:
    bar = page.locator(".judge-bar").bounding_box()
    assert bar is not None
    for scale in page.locator("[data-criterion] > [data-scale]").all():
        box = scale.bounding_box()
        assert box is not None and box["y"] + box["height"] <= bar["y"]


def _text_scrolls(page: Page, hands: Keyboard) -> None:
    """From the first key on, and while a score has the focus."""
    scrolled = "() => document.querySelector('.desk-entry').scrollTop"
    seen = [0]
    for key in ("Space", "PageDown", "7", "PageDown", "Shift+Space", "PageUp", "PageUp"):
        hands.press(key)
        seen.append(page.evaluate(scrolled))
    assert seen[1] > 0 and seen[2] >= seen[1] and seen[4] >= seen[3] and seen[7] == 0
    expect(page.locator("[data-criterion] input.num").first).to_have_value("7")


def _a_mind_is_changed(page: Page, hands: Keyboard) -> None:
    first = page.locator("[data-criterion] input.num").first
    for keys, value in (("5", "5"), ("6", "6"), ("1", "1"), ("0", "10"), ("4", "4"), ("9", "9"), (".", "9.5")):
        hands.press(*keys)
        expect(first).to_have_value(value)


def _the_focus_stays(page: Page, hands: Keyboard) -> None:
    """With its criterion after a comment, also after the overall one."""
    second = page.locator("[data-criterion]").nth(1)
    hands.press("Enter", "c")
    expect(second.locator("textarea")).to_be_focused()
    hands.press("Escape")
    expect(second.locator("input.num")).to_be_focused()
    hands.press("o")
    expect(page.locator("[data-overall]")).to_be_focused()
    hands.press("Escape", "c")
    expect(second.locator("textarea")).to_be_focused()
    hands.press("Escape", "?")
    expect(page.locator("dialog#keys")).to_be_visible()
    hands.press("Escape")


def test_what_is_sent_without_a_connection_waits_and_is_sent_later(
    live_site: Site, panel: Panel, sit_down: Callable[[str], Page]
) -> None:
    page = sit_down(panel.judges[1].email)
    hands = Keyboard(page)
    page.goto(f"{live_site.url}/en/judge?call={panel.call.code}")
    page.locator("td.row-act a").last.click()
    _answer(page, hands)
    entry, address = page.locator("h1").inner_text(), page.url
    for digit in "78965":
        hands.press(digit, "j" if digit != "5" else "o")
    hands.write("Written in a tunnel.")
    page.context.set_offline(True)
    hands.press("Control+Enter")
    expect(page.locator("[data-waiting]")).to_contain_text(f"Waiting for a connection: {entry}.")
    hands.press("Escape", "n")
    expect(page.locator("[data-waiting]")).to_contain_text("this page stays open")
    assert page.url == address
    page.context.set_offline(False)
    page.wait_for_url(lambda url: url != address)
    expect(page.locator("[data-undo]")).to_contain_text(entry)
    expect(page.locator("[data-waiting]")).to_be_hidden()
    hands.press("u")
    page.wait_for_url(address)
    expect(page.locator("[data-overall]")).to_have_value("Written in a tunnel.")


def test_two_windows_are_put_together_field_by_field(
    live_site: Site, panel: Panel, sit_down: Callable[[str], Page]
) -> None:
    first = sit_down(panel.judges[1].email)
    first.goto(f"{live_site.url}/en/judge?call={panel.call.code}")
    first.locator("td.row-act a").nth(2).click()
    _answer(first, Keyboard(first))
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.locator(".scale-digits").first).to_be_visible()
    Keyboard(first).press("7", "o")
    first.keyboard.type("From the first window.")
    expect(first.locator("#sheet [data-autosave-state]")).to_contain_text("Saved")
    Keyboard(second).press("4", "o")
    second.keyboard.type("From the second window.")
    second.get_by_role("button", name="Compare the two texts").click()
    expect(second.locator(".pick")).to_have_count(2)
    assert second.evaluate(RUN_AXE, None) == []
    second.locator('[name="overall"][value="From the first window."]').check()
    second.get_by_role("button", name="Keep what is chosen").click()
    expect(second.locator("[data-overall]")).to_have_value("From the first window.")
    expect(second.locator("[data-criterion] input.num").first).to_have_value("4")


def test_a_queue_is_scored_as_a_table(live_site: Site, panel: Panel, sit_down: Callable[[str], Page]) -> None:
    page = sit_down(panel.judges[1].email)
    page.goto(f"{live_site.url}/en/judge/table?call={panel.call.code}")
    rows = page.locator("tr[data-row]")
    first, second = (rows.nth(at).locator('[name="score-fit"]') for at in (0, 1))
    first.fill("8.5")
    expect(rows.nth(0).locator(".saved")).to_contain_text("Saved")
    first.press("Enter")
    expect(second).to_be_focused()
    second.fill("12")
    expect(rows.nth(1).locator(".saved")).to_contain_text("Give 0 to 10 points")
    assert page.evaluate(RUN_AXE, None) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(RUN_AXE, None) == []
    page.goto(f"{live_site.url}/en/judge/table?call={panel.call.code}")
    expect(first).to_have_value("8.5")
