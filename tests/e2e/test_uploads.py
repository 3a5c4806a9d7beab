"""Sending files from the entry form: on a slow line, after a reload, given up on the way."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Request, Route, expect

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


PART_BYTES = 5 * 1024 * 1024  # as configured, and the least that S3 takes


def entry_page(site: Site, new_context: Callable[..., BrowserContext], tag: str) -> tuple[Page, str]:
    """A page of somebody with an entry of their own, and the address of its form."""
    email = f"lead-{tag}@example.test"
    with connected(site) as app:
        lead = make_user(email)
        now = datetime.now(UTC).replace(microsecond=0)
        call = make_call(make_programme(make_user(), code=f"PRG-{tag}"), now=now, code=f"XSG-{tag}")
        code = make_entry(call, make_team(lead, name="Slow Line")).code
        cookie, value = session_of(app, email)
    context = new_context()
    context.add_cookies([{"name": cookie, "value": value, "url": site.url}])
    return context.new_page(), f"{site.url}/en/my/entries/{code}"


def choose(page: Page, file: Path) -> None:
    page.locator("input.uppy-Dashboard-input").first.set_input_files(str(file))


def part_number(request: Request) -> int:
    """Which part of a file a request sends to the storage; 0 for every other request."""
    match = re.search(r"[?&]partNumber=(\d+)", request.url)
    return int(match[1]) if match and request.method == "PUT" else 0


@pytest.mark.e2e
def test_a_refused_file_then_a_good_one_on_a_slow_line(
    live_site: Site, new_context: Callable[..., BrowserContext], tmp_path: Path,
) -> None:
    """The part that loads lists comes after the page is parsed, while a picture is still on its way."""
    page, address = entry_page(live_site, new_context, "uploads")
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
    page.goto(address, wait_until="domcontentloaded")
    expect(page.locator("#upload")).to_be_attached()
    page.locator("img[src*=on-its-way]").wait_for(state="attached")
    assert page.evaluate("document.readyState") == "interactive"
    while not late:
        page.wait_for_timeout(50)
    route, answer = late.pop()
    route.fulfill(response=answer)
    while not page.evaluate("Boolean(window.htmx)"):  # the page's policy lets nobody wait by a function
        page.wait_for_timeout(50)
    refused = tmp_path / "setup.exe"
    refused.write_bytes(b"MZ")
    choose(page, refused)
    expect(page.locator(".toast-error")).to_contain_text("setup.exe: You can only upload")
    choose(page, pdf_of(tmp_path, 4000))
    files = page.locator("#files li")
    expect(files).to_have_count(1)
    expect(files.first).to_contain_text("Checked. SHA-256")
    copy = tmp_path / "again.pdf"
    copy.write_bytes((tmp_path / "proposal.pdf").read_bytes())
    choose(page, copy)
    expect(files).to_have_count(2)
    expect(files.nth(1)).to_contain_text("The same contents as proposal.pdf above: one of the two is enough.")
    for picture in pictures:
        picture.abort()


@pytest.mark.e2e
def test_the_same_file_after_a_reload_sends_only_the_parts_that_are_missing(
    live_site: Site, new_context: Callable[..., BrowserContext], tmp_path: Path,
) -> None:
    """Every part is sent with its own SHA-256, also after the reload."""
    page, address = entry_page(live_site, new_context, "resume")
    page.on("dialog", lambda dialog: dialog.accept())  # an upload is under way: leave all the same
    file = pdf_of(tmp_path, 2 * PART_BYTES + 1000)
    content = file.read_bytes()
    parts = [content[start:start + PART_BYTES] for start in range(0, len(content), PART_BYTES)]
    checksums = [base64.b64encode(hashlib.sha256(part).digest()).decode() for part in parts]
    sent: list[int] = []
    stuck: list[Route] = []

    def send_first_part_only(route: Route) -> None:
        number = part_number(route.request)
        assert route.request.headers["x-amz-checksum-sha256"] == checksums[number - 1]
        if number == 1:
            route.continue_()
        else:
            stuck.append(route)

    def note_part(request: Request) -> None:
        if number := part_number(request):
            sent.append(number)

    page.route(re.compile("partNumber="), send_first_part_only)
    page.goto(address)
    with page.expect_response(lambda response: part_number(response.request) == 1) as arrived:
        choose(page, file)
    assert arrived.value.status == 200
    while len(stuck) < 2:
        page.wait_for_timeout(50)
    expect(page.locator(".uppy-StatusBar")).to_contain_text("Uploading")

    page.goto(address)
    page.unroute_all(behavior="ignoreErrors")  # the requests that were stuck ended with the page
    files = page.locator("#files li")
    expect(files).to_contain_text("Not complete yet. Choose the same file again to go on.")
    page.on("request", note_part)
    choose(page, file)
    expect(files).to_have_count(1)
    expect(files.first).to_contain_text("Checked. SHA-256")
    expect(files.first).to_contain_text(hashlib.sha256(content).hexdigest(), use_inner_text=False)
    assert sorted(sent) == [2, 3]


@pytest.mark.e2e
def test_an_upload_given_up_on_the_way_leaves_nothing_behind(
    live_site: Site, new_context: Callable[..., BrowserContext], tmp_path: Path,
) -> None:
    page, address = entry_page(live_site, new_context, "cancel")
    stuck: list[Route] = []
    page.route(re.compile("partNumber="), lambda route: stuck.append(route))
    page.goto(address)
    choose(page, pdf_of(tmp_path, 4000))
    while not stuck:
        page.wait_for_timeout(50)
    with page.expect_response(re.compile("/my/files/[^/]+/abort$")) as answer:
        page.get_by_role("button", name="Cancel").first.click()
    assert answer.value.status == 200
    page.reload()
    expect(page.locator("#files li")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('opencall:uploads')") == "{}"


@pytest.mark.e2e
def test_a_line_that_breaks_for_a_moment_is_tried_again(
    live_site: Site, new_context: Callable[..., BrowserContext], tmp_path: Path,
) -> None:
    """The first request for a signature and the first part are lost; nobody has to press anything."""
    page, address = entry_page(live_site, new_context, "broken-line")
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        kind = "part" if part_number(route.request) else "signature"
        if kind in lost:
            route.continue_()
        else:
            lost.append(kind)
            route.abort("connectionreset")

    page.route(re.compile("partNumber=|/sign$"), lose_first)
    page.goto(address)
    choose(page, pdf_of(tmp_path, 4000))
    expect(page.locator("#files li")).to_contain_text("Checked. SHA-256", timeout=30_000)
    assert lost == ["signature", "part"]


@pytest.mark.e2e
def test_an_upload_that_the_server_has_cleared_begins_anew(
    live_site: Site, new_context: Callable[..., BrowserContext], tmp_path: Path,
) -> None:
    page, address = entry_page(live_site, new_context, "cleared")
    stuck: list[Route] = []
    page.on("dialog", lambda dialog: dialog.accept())
    page.route(re.compile("partNumber="), lambda route: stuck.append(route))
    page.goto(address)
    file = pdf_of(tmp_path, 4000)
    choose(page, file)
    while not stuck:
        page.wait_for_timeout(50)
    page.goto(address)
    page.unroute_all(behavior="ignoreErrors")
    page.locator("#files").get_by_role("button", name="Remove").click()
    expect(page.locator("#files li")).to_have_count(0)
    choose(page, file)
    expect(page.locator("#files li")).to_contain_text("Checked. SHA-256")
