"""Which pages there are: every address that a person reaches by links, by the route that answers it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import APIRequestContext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from competition.application import LANGUAGE_RULE

ROUTES = Path(__file__).parents[1] / "guards" / "routes.txt"
PER_ROUTE = 6  # addresses of one route that are fetched; the fullest and the emptiest of them are shown
EMPTY = 0.75  # of the fullest page's length: what is longer looks the same
PUBLIC = "public"  # the role, and the permission of pages that need none
OPERATOR = "operator"  # sees organizers' pages without a programme, so those count apart
LANGUAGES = LANGUAGE_RULE


@dataclass(frozen=True)
class CrawledPage:
    """One page as one person sees it. ``size`` is its length in characters."""

    role: str
    rule: str
    path: str
    size: int


def reading_routes() -> list[str]:
    """The rule of every route that answers GET."""
    return list(_permissions())


def _permissions() -> dict[str, str]:
    lines = (line.split() for line in ROUTES.read_text(encoding="utf-8").splitlines())
    return {rule: permission for method, rule, permission in lines if method == "GET"}


class Links(HTMLParser):
    """The addresses that a page's links lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "a" and name == "href" and value:
                self.addresses.append(value)


class Sitemap:
    """Tells the route of an address."""

    def __init__(self, root: str) -> None:
        rules = [Rule(rule.replace("<lang>", LANGUAGES), endpoint=rule) for rule in reading_routes()]
        self.root, self.routes = root, Map(rules).bind(urlsplit(root).netloc)

    def rule(self, url: str) -> str | None:
        """The route of an address of this site in its English pages; ``None`` for all others."""
        if not url.startswith(self.root):
            return None
        try:
            rule, values = self.routes.match(urlsplit(url).path)
        except HTTPException:
            return None
        return str(rule) if values.get("lang", "en") == "en" else None


def crawl(request: APIRequestContext, site: Sitemap, role: str, starts: Iterable[str]) -> Iterator[CrawledPage]:
    """Follow links from ``starts``. Yields HTML pages in the order they were found, ``PER_ROUTE`` of one route.

    Who is signed in passes over the pages that the public has seen.
    """
    waiting = deque(urljoin(site.root, start) for start in starts)
    seen, count = set(waiting), dict.fromkeys(reading_routes(), 0)
    if role != PUBLIC:
        count |= {rule: PER_ROUTE for rule, permission in _permissions().items() if permission == PUBLIC}
    while waiting:
        url = waiting.popleft()
        rule = site.rule(url)
        if rule is None or count[rule] >= PER_ROUTE:
            continue
        answer = request.get(url, max_redirects=0)
        kind = answer.headers.get("content-type", "")
        if answer.status in {301, 302, 303, 307, 308}:
            text = f'<a href="{answer.headers["location"]}">'
        elif answer.ok and kind.startswith("text/html"):
            text = answer.text()
            count[rule] += 1
            yield CrawledPage(role, rule, url.removeprefix(site.root), len(text))
        else:
            continue
        parser = Links()
        parser.feed(text)
        for link in parser.addresses:
            target = re.sub(r"[#?].*", "", urljoin(url, link))
            if target not in seen:
                seen.add(target)
                waiting.append(target)


def fullest_and_emptiest(pages: Iterable[CrawledPage]) -> tuple[list[CrawledPage], list[CrawledPage]]:
    """Of each route, as the first role that reached it sees it: the longest page; a much shorter one."""
    by_rule: dict[tuple[str, bool], list[CrawledPage]] = {}
    for page in pages:
        group = by_rule.setdefault((page.rule, page.role == OPERATOR), [])
        if not group or group[0].role == page.role:
            group.append(page)
    ordered = [sorted(group, key=lambda page: page.size) for group in by_rule.values()]
    empty = [group[0] for group in ordered if group[0].size < EMPTY * group[-1].size]
    return [group[-1] for group in ordered], empty
