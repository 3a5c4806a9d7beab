"""Every page of every role, as a strict reader sees it. A new page is here by itself, or the first test fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.crawl import CrawledPage, Sitemap, crawl, fullest_and_emptiest, reading_routes
from tests.e2e.demo import furnish
from tests.e2e.looker import DESK, PHONE, Looker
from tests.fixtures.live_site import Site

pytestmark = pytest.mark.e2e

# What answers GET and is no page that a person looks at.
NO_PAGES = {
    "/": "leads to the reader's language",
    "/healthz": "says that the process answers, as JSON",
    "/readyz": "says whether the servers answer, as JSON",
    "/jobs/<uuid:job_id>": "a job's progress, as JSON",
    "/<lang>/calls/<call_code>/documents/<document_code>": "leads to a file at the storage",
    "/<lang>/organizer/calls/<call_code>/documents/<document_code>": "leads to a file at the storage",
    "/<lang>/organizer/exports/<export_code>/download": "leads to a file at the storage",
    "/<lang>/my/files/<file_code>": "leads to a file at the storage",
    "/<lang>/judge/<assignment_code>/files/<int:number>": "leads to a file at the storage",
    "/<lang>/judge/<assignment_code>/files/<int:number>/address": "the address of a file, as JSON",
    "/<lang>/my/entries/<entry_code>/receipt.pdf": "a PDF",
    "/<lang>/my/entries/<entry_code>/files": "a part of the entry's page, loaded anew",
    "/<lang>/judge/<assignment_code>/submit": "leads back to the score sheet",
    "/<lang>/judge/<assignment_code>/abstain": "leads back to the forms",
    "/<lang>/judge/table/check": "leads back to the table",
    "/<lang>/judge/table/workbook": "a workbook",
    "/<lang>/judge/<assignment_code>/files": "a part of the judge's page, loaded anew",
    "/<lang>/judge/<assignment_code>/receipts/<int:number>/document": "a receipt, as JSON",
    "/<lang>/judge/defences.ics": "dates for a calendar",
    "/<lang>/my/entries/<entry_code>/defence.ics": "dates for a calendar",
    "/<lang>/my/entries/<entry_code>/late-files": "leads to the page that asks for the files",
}
# Pages of states in which the demo programme has no call.
NOT_IN_THE_DEMO = {
    "/<lang>/sign-in/code": "nobody of the demo has a second factor",
    "/<lang>/judge/panels/<call_code>/discussion": "no panel discusses",
    "/<lang>/judge/panels/<call_code>/discussion/<entry_code>": "no panel discusses",
    "/<lang>/organizer/calls/<call_code>/stages/open": "every stage that can be opened is",
    "/<lang>/organizer/calls/<call_code>/eligibility/pass": "every check has ended",
}
# Short addresses: the same views as the first programme's own pages.
SAME = {"/<lang>/organizer/pilots", "/<lang>/organizer/exports", "/<lang>/organizer/selection"}
COLOURS = ("color-contrast", "link-in-text-block")


@dataclass(frozen=True)
class Programme:
    """The furnished site: a window per person, and the pages to look at."""

    windows: dict[str, Looker]
    reached: frozenset[str]
    full: tuple[CrawledPage, ...]
    empty: tuple[CrawledPage, ...]

    def faults(self, reached: CrawledPage, seen: Iterable[str]) -> list[str]:
        return [f"{reached.role} {reached.path}: {fault}" for fault in [*seen, *self.windows[reached.role].complaints]]


@pytest.fixture(scope="module")
def programme(live_site: Site, browser: Browser) -> Iterator[Programme]:
    windows, reached = {}, []
    for name, role in furnish(live_site).items():
        context = browser.new_context(locale="en-GB")
        if role.cookie:
            key, value = role.cookie
            context.add_cookies([{"name": key, "value": value, "url": live_site.url}])
        windows[name] = Looker(context, live_site.url)
        reached += list(crawl(context.request, Sitemap(live_site.url), name, role.starts))
    full, empty = fullest_and_emptiest(page for page in reached if page.rule not in SAME)
    yield Programme(windows, frozenset(page.rule for page in reached), tuple(full), tuple(empty))
    for window in windows.values():
        window.page.context.close()


def test_every_page_is_reached_by_links(programme: Programme) -> None:
    not_expected = NO_PAGES | NOT_IN_THE_DEMO
    missed = [rule for rule in reading_routes() if rule not in programme.reached and rule not in not_expected]
    assert missed == [], missed
    assert [rule for rule in not_expected if rule in programme.reached or rule not in reading_routes()] == []


def test_every_page_can_be_used_by_everyone(programme: Programme) -> None:
    """On a large screen by day, then narrowed to a phone; full of content and empty."""
    faults, titles = [], Counter[tuple[str, str]]()
    for reached in programme.full + programme.empty:
        window = programme.windows[reached.role]
        page = window.visit(reached.path, screen=DESK)
        seen = [*window.axe(), *window.headings()]
        titles[reached.role, page.title()] += 1
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        faults += programme.faults(reached, [*seen, *window.width()])
    faults += [f"{role}: {count} pages are titled {title!r}" for (role, title), count in titles.items() if count > 1]
    assert faults == [], "\n".join(faults)


def test_every_page_fits_a_phone_by_night(programme: Programme) -> None:
    """In Chinese and Korean, by turns: what scripts say is in the page's language, too."""
    faults = []
    for number, reached in enumerate(page for page in programme.full if page.path.startswith("/en/")):
        window, lang = programme.windows[reached.role], ("zh", "ko")[number % 2]
        window.visit(reached.path.replace("/en/", f"/{lang}/", 1), screen=PHONE, dark=True)
        faults += programme.faults(reached, [*window.axe(*COLOURS), *window.width(), *window.untranslated(lang)])
    assert faults == [], "\n".join(faults)


def test_no_text_of_ours_is_left_in_english(programme: Programme) -> None:
    faults = []
    for reached in programme.full + programme.empty:
        window = programme.windows[reached.role]
        for lang in ("zh", "ko") if reached.path.startswith("/en/") else ():
            answer = window.page.context.request.get(window.root + reached.path.replace("/en/", f"/{lang}/", 1))
            faults += [f"{reached.path}: {fault}" for fault in window.untranslated(lang, answer.text())]
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize(("role", "path"), [
    ("public", "/en/sign-up"), ("team", "/en/my/teams/new"), ("organizer", "/en/organizer/programmes/new"),
    ("organizer", "/zh/organizer/programmes/WUTONG-2026/calls/new"), ("organizer", "/en/organizer/calls/XSG-02/panel"),
])
def test_a_refused_form_leads_to_its_errors(programme: Programme, role: str, path: str) -> None:
    window = programme.windows[role]
    page = window.visit(path, screen=PHONE)
    form = page.locator('main form[method="post"]:has([required]:not([type="hidden"]))').last
    form.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    assert [*window.axe(), *window.width(), *window.headings()] == []
    summary.get_by_role("link").first.press("Enter")
    expect(page.locator(":focus")).to_have_attribute("aria-invalid", "true")


def test_a_missing_page_says_what_to_do(programme: Programme) -> None:
    for role, lang in (("public", "en"), ("team", "zh")):
        window = programme.windows[role]
        window.visit(f"/{lang}/nothing-here", screen=PHONE)
        assert [*window.axe(), *window.width(), *window.headings()] == []
    assert window.untranslated("zh") == []
