"""A card is one large link, and what stands on it is pressed for itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.stage import connected, session_of
from tests.factories.accounts import make_user
from tests.factories.calls import make_call, make_programme
from tests.factories.entries import make_submitted, make_team
from tests.fixtures.live_site import Site


@pytest.mark.e2e
def test_the_buttons_of_an_entry_are_pressed_by_the_pointer(
    live_site: Site, new_context: Callable[..., BrowserContext],
) -> None:
    with connected(live_site) as app:
        lead = make_user("lead-cards@example.test")
        now = datetime.now(UTC).replace(microsecond=0)
        call = make_call(make_programme(make_user(), code="PRG-cards"), now=now, code="XSG-cards")
        code = make_submitted(call, make_team(lead, name="Two Cards")).code
        cookie, value = session_of(app, "lead-cards@example.test")
    context = new_context()
    context.add_cookies([{"name": cookie, "value": value, "url": live_site.url}])
    page = context.new_page()
    page.goto(f"{live_site.url}/en/my/entries")
    page.locator("summary", has_text="Withdraw entry").click()
    expect(page.get_by_role("heading", name=f"Withdraw entry {code}?")).to_be_visible()
    page.get_by_role("button", name="Go back").click()
    page.get_by_role("link", name="Receipt", exact=True).click()
    expect(page).to_have_url(f"{live_site.url}/en/my/entries/{code}/receipt")
