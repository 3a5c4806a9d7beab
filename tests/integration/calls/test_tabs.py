"""One navigation over all pages of a call: the same links everywhere, the present one marked."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from competition.calls import tabs
from tests.factories.accounts import client_of
from tests.factories.judging import make_assignment, make_panel
from tests.pages import unindented

LABELS = ["Overview", "Entries", "Eligibility", "Stages", "Panel", "Assignments", "Conflicts", "Files for judges",
          "Defence", "Progress", "Close judging", "Results", "Decisions", "Audit trail"]
TAB = re.compile(r'<li><a href="([^"]+)"(?: aria-current="(\w+)")?>([^<]+)</a></li>')


def navigation(page: str) -> list[tuple[str, str, str]]:
    nav = re.search(r'<nav class="tabs" aria-label="Pages of this call">(.*?)</nav>', unindented(page))
    assert nav is not None
    return TAB.findall(nav[1])


def test_every_page_of_a_call_has_the_same_navigation(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client, base = client_of(app, panel.organizer), f"/en/organizer/calls/{panel.call.code}"
    pages = {
        "": ("Overview", "page"), "/edit/texts": ("Overview", "true"), "/documents": ("Overview", "true"),
        "/publish": ("Overview", "true"), "/entries": ("Entries", "page"),
        f"/entries/{panel.entries[0].code}": ("Entries", "true"), "/panel": ("Panel", "page"),
        "/eligibility": ("Eligibility", "page"), "/stages": ("Stages", "page"),
        "/panel/1": ("Panel", "true"), "/assignments": ("Assignments", "page"), "/conflicts": ("Conflicts", "page"),
        "/judge-files": ("Files for judges", "page"), "/defence": ("Defence", "page"),
        "/progress": ("Progress", "page"),
        "/progress/remind": ("Progress", "true"), f"/sheets/{task.code}": ("Progress", "true"),
        "/results": ("Results", "page"), "/decisions": ("Decisions", "page"),
        "/audit": ("Audit trail", "page"),
    }
    links = None
    for page, (label, mark) in pages.items():
        shown = navigation(client.get(base + page).text)
        assert [name for _url, _here, name in shown] == LABELS, page
        assert [(name, here) for _url, here, name in shown if here] == [(label, mark)], page
        links = links or [url for url, _here, _name in shown]
        assert [url for url, _here, _name in shown] == links, page
        assert client.get(base + page).text.count('<nav class="row-actions"') == 0, page
    assert [client.get(url).status_code for url in links or []] == [200] * len(LABELS)


@pytest.mark.parametrize(("endpoint", "tab"), [
    ("judging_organizer.apply_plan", "judging_organizer.assignments"), ("judging_organizer.lift_conflict",
     "judging_organizer.conflicts"), ("judging_organizer.panel_post", "judging_organizer.panel"),
    ("decisions_organizer.check", "decisions_organizer.index"), ("calls_organizer.edit_post", "calls_organizer.show"),
    ("nowhere.at_all", ""),
])
def test_a_page_behind_a_tab_marks_it(app: Flask, endpoint: str, tab: str) -> None:
    assert tabs.current_tab(endpoint) == tab


def test_the_overview_counts_what_later_slices_know(app: Flask) -> None:
    panel = make_panel(judges=2, entries=3)
    make_assignment(panel, panel.seats[0], panel.entries[0])
    page = unindented(client_of(app, panel.organizer).get(f"/en/organizer/calls/{panel.call.code}").text)
    assert re.findall(r'<b class="num">([^<]+)</b><span>([^<]+)', page) == [
        ("3", "Entries submitted"), ("0", "Not submitted in time"), ("0 of 1", "Scores submitted"),
        ("3", "Entries with too few judges"),
    ]
