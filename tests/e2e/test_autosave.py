"""Forms that save themselves: two windows, a broken line, a draft kept on the device."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.stage import connected, press, session_of
from tests.factories.accounts import make_user
from tests.factories.calls import make_call, make_programme
from tests.factories.entries import make_entry, make_team
from tests.factories.judging import make_assignment, make_panel
from tests.fixtures.live_site import Site

DRAFTS = "Object.keys(localStorage).filter(key => key.startsWith('opencall:draft:'))"


def signed_in(site: Site, new_context: Callable[..., BrowserContext], email: str) -> BrowserContext:
    with connected(site) as app:
        cookie, value = session_of(app, email)
    context = new_context()
    context.add_cookies([{"name": cookie, "value": value, "url": site.url}])
    return context


def lead_of_an_entry(site: Site, new_context: Callable[..., BrowserContext], tag: str) -> tuple[BrowserContext, str]:
    """Somebody with an entry of their own, and the address of its form."""
    email = f"lead-{tag}@example.test"
    with connected(site):
        now = datetime.now(UTC).replace(microsecond=0)
        call = make_call(make_programme(make_user(), code=f"PRG-{tag}"), now=now, code=f"XSG-{tag}")
        code = make_entry(call, make_team(make_user(email), name="Two Windows")).code
    return signed_in(site, new_context, email), f"{site.url}/en/my/entries/{code}"


def write(page: Page, name: str, text: str, state: str, form: str = "") -> None:
    """Fill a field; what became of it is said in the first place for it within ``form``, a selector."""
    page.locator(f'[name="{name}"]').fill(text)
    expect(page.locator(f"{form}[data-autosave-state]").first).to_have_attribute("data-state", state)


@pytest.mark.e2e
def test_two_windows_of_an_entry_are_put_together(
    live_site: Site, new_context: Callable[..., BrowserContext],
) -> None:
    context, address = lead_of_an_entry(live_site, new_context, "windows")
    first, second = context.new_page(), context.new_page()
    first.goto(address)
    second.goto(address)
    write(first, "summary", "From the first window.", "saved")
    write(second, "risks", "From the second window.", "conflict")
    assert len(second.evaluate(DRAFTS)) == 1
    press(second.get_by_role("button", name="Compare the two texts"))
    expect(second.get_by_role("main")).to_contain_text("From the first window.")
    second.get_by_role("group", name="Summary").get_by_label("Stored now").check()
    press(second.get_by_role("button", name="Save as chosen"))
    expect(second.locator('[name="summary"]')).to_have_value("From the first window.")
    expect(second.locator('[name="risks"]')).to_have_value("From the second window.")
    assert second.evaluate(DRAFTS) == []


@pytest.mark.e2e
def test_text_typed_offline_is_offered_again(live_site: Site, new_context: Callable[..., BrowserContext]) -> None:
    context, address = lead_of_an_entry(live_site, new_context, "offline")
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    page.route("**/autosave", lambda route: route.abort("connectionreset"))
    write(page, "summary", "Typed in a tunnel.", "offline")
    page.unroute_all()
    page.goto(address)
    expect(page.locator('[name="summary"]')).not_to_have_value("Typed in a tunnel.")
    page.get_by_role("button", name="Put it back into the form").click()
    expect(page.locator("[data-autosave-state]").first).to_have_attribute("data-state", "saved")
    assert page.evaluate(DRAFTS) == []
    page.reload()
    expect(page.locator('[name="summary"]')).to_have_value("Typed in a tunnel.")


@pytest.mark.e2e
def test_what_will_be_refused_is_marked_and_unmarked_as_it_is_typed(
    live_site: Site, new_context: Callable[..., BrowserContext],
) -> None:
    context, address = lead_of_an_entry(live_site, new_context, "marked")
    page = context.new_page()
    page.goto(address)
    quote = page.locator('[name="quote"]')
    for _turn in range(2):
        write(page, "quote", "about 20k", "saved")
        expect(page.locator("#quote-error")).to_have_text("This is not an amount in CNY. Write digits, like 1,200,000.")
        expect(quote).to_have_attribute("aria-invalid", "true")
        assert "quote-error" in str(quote.get_attribute("aria-describedby"))
        page.reload()  # the page shows it as the script does
        write(page, "quote", "20,000", "saved")
        expect(page.locator("#quote-error")).to_have_count(0)
        expect(quote).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.e2e
def test_a_judge_in_two_windows_gets_both_texts(
    live_site: Site, new_context: Callable[..., BrowserContext],
) -> None:
    with connected(live_site):
        panel = make_panel(judges=1, entries=1)
        task = make_assignment(panel, panel.seats[0], panel.entries[0])
        address, email = f"{live_site.url}/en/judge/{task.code}", panel.judges[0].email
        key = panel.rubric.criteria[0].key
    context = signed_in(live_site, new_context, email)
    first, second = context.new_page(), context.new_page()
    first.goto(address)
    second.goto(address)
    write(first, "overall", "From the first window.", "saved", form="#sheet ")
    write(second, f"score-{key}", "999", "failed", form="#sheet ")
    expect(second.locator(f"#s-{key}-error")).to_be_visible()
    write(second, f"score-{key}", "7", "conflict", form="#sheet ")
    press(second.get_by_role("button", name="Compare the two texts"))
    expect(second.get_by_role("main")).to_contain_text("From the first window.")
    press(second.get_by_role("button", name="Keep what is chosen"))
    second.goto(address)
    expect(second.locator('[name="overall"]')).to_have_value("From the first window.")
    expect(second.locator(f'[name="score-{key}"]')).to_have_value("7")
    assert second.evaluate(DRAFTS) == []
