"""Where a Chinese heading may break: between its words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.fixtures.live_site import Site


@pytest.mark.e2e
def test_a_chinese_heading_breaks_between_its_words(
    live_site: Site, new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context().new_page()
    page.goto(f"{live_site.url}/zh/calls")
    heading = page.locator("h1")
    expect(heading).to_have_class("phrased")
    assert heading.inner_html() == "全部<wbr>征集"
    assert heading.inner_text() == "全部征集"


@pytest.mark.e2e
def test_an_english_heading_stays_as_it_is(live_site: Site, new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    page.goto(f"{live_site.url}/en/calls")
    assert page.locator("h1").inner_html() == "All calls"
