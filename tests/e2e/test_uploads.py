"""Sending files from the entry form: the list tells of each one, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Route, expect

from tests.e2e.stage import connected, pdf_of, session_of
from tests.factories.accounts import make_user
from tests.factories.calls import make_call, make_programme
from tests.factories.entries import make_entry, make_team
from tests.fixtures.live_site import Site

PICTURE = """addEventListener("DOMContentLoaded", () => {
  const picture = new Image();
  picture.src = "/a-picture-on-its-way.png";
  document.body.append(picture);
});"""


@pytest.mark.e2e
def test_a_refused_file_then_a_good_one_on_a_slow_line(
    live_site: Site, new_context: Callable[..., BrowserContext], tmp_path: Path,
) -> None:
    """The part that loads lists comes after the page is parsed, while a picture is still on its way."""
    with connected(live_site) as app:
        lead = make_user("lead-uploads@example.test")
        now = datetime.now(UTC).replace(microsecond=0)
        call = make_call(make_programme(make_user(), code="PRG-uploads"), now=now, code="XSG-uploads")
        code = make_entry(call, make_team(lead, name="Slow Line")).code
        cookie, value = session_of(app, "lead-uploads@example.test")
    context = new_context()
    context.add_cookies([{"name": cookie, "value": value, "url": live_site.url}])
    page = context.new_page()
    late: list[tuple[Route, APIResponse]] = []
    pictures: list[Route] = []

    def part(route: Route) -> None:
        answer = route.fetch()
        if "includeIndicatorStyles" in answer.text():
            late.append((route, answer))
        else:
            route.fulfill(response=answer)

    page.route("**/dist/chunk-*.js", part)
    page.route("**/a-picture-on-its-way.png", lambda route: pictures.append(route))
    page.add_init_script(PICTURE)
    page.goto(f"{live_site.url}/en/my/entries/{code}", wait_until="domcontentloaded")
    expect(page.locator("#upload")).to_be_attached()
    page.locator("img[src*=on-its-way]").wait_for(state="attached")
    assert page.evaluate("document.readyState") == "interactive"
    while not late:
        page.wait_for_timeout(50)
    route, answer = late.pop()
    route.fulfill(response=answer)
    while not page.evaluate("Boolean(window.htmx)"):  # the page's policy lets nobody wait by a function
        page.wait_for_timeout(50)
    choose = page.locator("input.uppy-Dashboard-input").first
    refused = tmp_path / "setup.exe"
    refused.write_bytes(b"MZ")
    choose.set_input_files(str(refused))
    expect(page.locator(".toast-error")).to_contain_text("setup.exe: You can only upload")
    choose.set_input_files(str(pdf_of(tmp_path, 4000)))
    files = page.locator("#files li")
    expect(files).to_have_count(1)
    expect(files.first).to_contain_text("Checked. SHA-256")
    again = tmp_path / "again.pdf"
    again.write_bytes((tmp_path / "proposal.pdf").read_bytes())
    choose.set_input_files(str(again))
    expect(files).to_have_count(2)
    expect(files.nth(1)).to_contain_text("The same contents as proposal.pdf above: one of the two is enough.")
    for picture in pictures:
        picture.abort()
