"""A person who has a keyboard and nothing else, and looks where the focus is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import FileChooser, Page, expect

MOST = 150  # stops of one page before a control counts as out of reach
# Where the focus is: what it is called, and what is wrong with how it shows. A hidden box shows its focus on its label.
STOP = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return { name: "", faults: ["the focus is nowhere"] };
  const ring = shown => {
    const style = getComputedStyle(shown);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const places = [node, node.nextElementSibling, node.closest("label, .uppy-Dashboard-inner")];
  const shown = places.find(place => place && ring(place));
  const faults = shown ? [] : ["no outline"];
  const box = (shown || node).getBoundingClientRect();
  const spots = [[.5, .5], [.02, .5], [.98, .5], [.5, .1], [.5, .9]].map(([x, y]) =>
    document.elementFromPoint(box.left + x * box.width, box.top + y * box.height));
  const mine = spot => spot && (spot === node || node.contains(spot) || spot.contains(node) || shown?.contains(spot));
  if (!spots.some(mine)) faults.push("out of sight");
  const label = node.labels?.[0]?.innerText || "";
  const names = [node.getAttribute("aria-label"), label, node.innerText || node.value];
  return { name: names.filter(Boolean).join(" ").trim(), faults };
}"""
AT = """selector => {
  const node = document.activeElement;
  return Boolean(node && node.matches(selector));
}"""


class Hands:
    """Presses keys. Every stop on the way is checked: the focus shows, is in sight, and is never lost."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("filechooser", self._see)  # from the start: a key can overtake a later request to see it

    def _see(self, _chooser: FileChooser) -> None:
        """Whoever waits for it takes it; see :meth:`attach`."""

    def press(self, keys: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(keys)

    def stop(self) -> str:
        """Check the focus where it is now; what is there is called."""
        element: dict[str, Any] = self.page.evaluate(STOP)
        assert element["faults"] == [], f"{element['faults']} at {element['name']!r} on {self.page.url}"
        return str(element["name"])

    def go(self, selector: str, name: str = "", *, back: bool = False) -> None:
        """Tab to the control that ``selector`` describes and whose name contains ``name``."""
        names: list[str] = []
        for _ in range(MOST):
            self.press("Shift+Tab" if back else "Tab")
            if self.page.evaluate("document.activeElement === document.body"):
                continue  # past the last control, through the browser's own
            names.append(self.stop())
            if self.page.evaluate(AT, selector) and name in names[-1]:
                return
        raise AssertionError(f"no {selector} {name!r} among {names}")

    def write(self, selector: str, text: str) -> None:
        self.go(selector)
        self.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, selector: str, letters: str) -> None:
        """Take the option of a list that begins with ``letters``."""
        self.go(selector)
        self.page.keyboard.type(letters)
        chosen = self.page.evaluate("document.activeElement.selectedOptions[0].text")
        assert chosen.startswith(letters)

    def follow(self, selector: str, name: str, to: str | re.Pattern[str], *, key: str = "Enter") -> None:
        """Tab to a link or button, press it, and arrive at an address that matches ``to``."""
        self.go(selector, name)
        self.press(key)
        self.page.wait_for_url(to)
        self.page.wait_for_load_state()

    def attach(self, selector: str, file: Path) -> None:
        """Open the system's own dialog from the keyboard; that dialog is not the page's."""
        self.go(selector)
        with self.page.expect_file_chooser() as chooser:
            self.press("Enter")
        chooser.value.set_files(str(file))

    def dialog(self, selector: str, name: str) -> None:
        """Open a dialog, leave it with Esc, and find the focus where it was."""
        self.go(selector, name)
        self.press("Enter")
        expect(self.page.locator("dialog[open]")).to_be_visible()
        self.stop()
        self.press("Escape")
        expect(self.page.locator("dialog[open]")).to_have_count(0)
        assert name in self.stop()

    def refused(self, selector: str, name: str, send: str) -> None:
        """Send a dialog's reason empty but for a space: it is open again, with the focus beside what is wrong."""
        self.go(selector, name)
        self.press("Enter")
        self.press("Space")
        self.go("button", send)
        self.press("Enter")
        dialog = self.page.locator("dialog[open]")
        expect(dialog.locator("#reason-error")).to_have_text("Please fill this in.")
        expect(dialog.locator("#reason")).to_be_focused()
        self.stop()
        self.press("Escape")
        expect(self.page.locator(f"{selector}:focus")).to_contain_text(name)  # once the dialog has told of its end
        assert name in self.stop()
