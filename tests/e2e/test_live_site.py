"""The site as processes, seen through a real browser."""

from __future__ import annotations

import json
import urllib.request

from playwright.sync_api import Page

from tests.fixtures.live_site import Site


def test_the_whole_site_is_ready(live_site: Site) -> None:
    with urllib.request.urlopen(f"{live_site.url}/readyz") as answer:
        assert answer.status == 200
        assert json.load(answer) == {
            "status": "ok", "checks": {"database": True, "redis": True, "storage": True, "worker": True},
            "dead_jobs": {},
        }


def test_the_browser_draws_the_home_page_with_our_assets_only(live_site: Site, page: Page) -> None:
    requested: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    answer = page.goto(f"{live_site.url}/zh/")
    assert answer is not None
    assert answer.status == 200
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert {url for url in requested if not url.startswith(live_site.url)} == set()
    assert faults == []
