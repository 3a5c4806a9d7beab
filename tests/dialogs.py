"""What a page asks for in dialogs, read from its text."""

from __future__ import annotations

import html
import re

from tests.pages import unindented

OPEN = re.compile(r'<details class="confirm" data-confirm open>.*?</details>', re.DOTALL)


def opened(page: str) -> list[tuple[str, list[str], str]]:
    """Dialogs that are open in a page: where each is sent to, what it says is wrong, what stands in it."""
    dialogs = []
    for dialog in OPEN.findall(page):
        action, = re.findall(r'<form class="confirm-panel" method="post" action="([^"]+)"', dialog)
        errors = re.findall(r'<p class="error" id="reason-error"><svg.*?</svg>(.*?)</p>', unindented(dialog))
        typed, = re.findall(r'<textarea rows="3" id="reason" name="reason" required="" aria-invalid="true" '
                            r'aria-describedby="reason-error reason-count"[^>]*>\n(.*?)</textarea>', dialog, re.DOTALL)
        dialogs.append((action, errors, html.unescape(typed)))
    return dialogs
