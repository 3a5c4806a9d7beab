"""What a strict reader checks on a page: accessibility by axe, width, headings, console, language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, TimeoutError

from tests.fixtures.browser import PATIENCE

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
CATALOGUES = {"zh": "zh_Hans", "ko": "ko"}
# Parts of a page that scripts draw; a page is looked at when each of them has appeared.
DRAWN = {"[data-upload]": ".uppy-Dashboard", "[data-plot]": "[data-plot] svg"}
SETTLING = 5_000  # milliseconds that a page may take to fit a changed screen
VALUE = r"\S+(?: \S+){0,2}"  # what a place in a text holds, as far as it is told from a sentence of its own
LANGUAGES = {"English"}  # each language is offered under its own name
READY = """([what, sign]) => !document.querySelector(what) || document.querySelector(sign)"""
RUN_AXE = """async only => {
  for (const moving of document.getAnimations()) moving.finish();
  const found = await axe.run(document, {
    resultTypes: ["violations"], preload: false, selectors: false, ...(only && { runOnly: only }),
  });
  return found.violations.map(fault => `${fault.id} (${fault.impact}): ${fault.nodes.slice(0, 3).map(node =>
    `${node.html.slice(0, 160)} ${[...node.any, ...node.all, ...node.none].map(check => check.message).join("; ")}`
  ).join(" | ")}`);
}"""
# Charts follow a change of the screen's size a few frames later: only what stays too wide is a fault.
TOO_WIDE = """async patience => {
  const frame = () => new Promise(requestAnimationFrame), root = document.documentElement;
  const ends = performance.now() + patience;
  await frame();
  do await frame(); while (root.scrollWidth > root.clientWidth && performance.now() < ends);
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter(node => node.getBoundingClientRect().right > root.clientWidth + 1)
    .slice(0, 3).map(node => `wider than the screen: ${node.cloneNode(false).outerHTML.slice(0, 120)}`);
}"""
# Texts of the page's own language, also those that only a screen reader says.
TEXTS = """html => {
  const page = html === null ? document : new DOMParser().parseFromString(html, "text/html");
  const said = [], foreign = node => node.closest("[lang]") !== page.documentElement;
  const walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const holder = walk.currentNode.parentElement;
    if (!holder.closest("script, style, template, textarea, code, .typed, [translate=no]") && !foreign(holder))
      said.push(walk.currentNode.data);
  }
  for (const node of page.body.querySelectorAll("*"))
    for (const name of ["aria-label", "title", "placeholder", "alt", "data-label", "data-note"])
      if (node.hasAttribute(name) && !foreign(node)) said.push(node.getAttribute(name));
  return [page.title, ...said].map(text => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""


class Looker:
    """One person's window. ``complaints`` are what the console said since the last :meth:`visit`."""

    def __init__(self, context: BrowserContext, root: str) -> None:
        context.set_default_timeout(PATIENCE)
        context.add_init_script(path=AXE)
        self.page, self.root, self.complaints = context.new_page(), root, list[str]()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console: {message.text}")

    def visit(self, path: str, *, screen: dict[str, int], dark: bool = False) -> Page:
        self.complaints.clear()
        self.page.set_viewport_size({"width": screen["width"], "height": screen["height"]})
        self.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        self.page.goto(self.root + path)
        for pair in DRAWN.items():
            self._wait_for(*pair)
        return self.page

    def _wait_for(self, what: str, sign: str) -> None:
        try:
            self.page.wait_for_function(READY, arg=[what, sign])
        except TimeoutError:
            self.complaints.append(f"{what} stays empty")

    def axe(self, *only: str) -> list[str]:
        """Violations of every impact; of the named rules alone, when some are named."""
        violations: list[str] = self.page.evaluate(RUN_AXE, list(only) or None)
        return violations

    def width(self) -> list[str]:
        """What is wider than the screen, and stays so."""
        faults: list[str] = self.page.evaluate(TOO_WIDE, SETTLING)
        return faults

    def headings(self) -> list[str]:
        count = self.page.locator("h1").count()
        return [] if count == 1 else [f"{count} h1"]

    def untranslated(self, lang: str, html: str | None = None) -> list[str]:
        """English texts of ours on a page in ``lang``: the page that is open, or ``html`` as the server sent it."""
        return [f"not in {lang}: {text}" for text in english(lang, self.page.evaluate(TEXTS, html))]


@cache
def _catalogue(lang: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """English texts that read differently in ``lang``: those without, and those with, places for values."""
    whole, patterns = set[str](), []
    folder = ROOT / "competition" / "translations" / CATALOGUES[lang] / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as stream:
        pairs = [_pair(message.id, message.string) for message in read_po(stream) if message.id]
    words: dict[str, str] = json.loads((ROOT / "static" / "src" / "words" / f"{lang}.json").read_text())
    pairs += [((key,), (value,)) for key, value in words.items()]
    for ids, strings in pairs:
        for text in set(ids) - set(strings):
            parts = re.split(r"%\(\w+\)[sd]", text)
            if len(parts) == 1:
                whole.add(text)
            elif re.search(r"[A-Za-z]{4}", "".join(parts)):
                patterns.append(re.compile(VALUE.join(map(re.escape, parts))))
    return frozenset(whole - LANGUAGES), tuple(patterns)


def _pair(texts: Any, translations: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (texts if isinstance(texts, tuple) else (texts,)), (
        translations if isinstance(translations, tuple) else (translations,)
    )


def english(lang: str, texts: Iterable[str]) -> list[str]:
    """Those of ``texts`` that are ours and have a translation which was not used."""
    return sorted({text for text in texts if _ours(lang, text)})


@cache  # most of a page's texts are on all pages
def _ours(lang: str, text: str) -> bool:
    whole, patterns = _catalogue(lang)
    return bool(re.search("[A-Za-z]{2}", text)) and (
        text in whole or any(pattern.fullmatch(text) for pattern in patterns)
    )
