"""A page is measured once it has settled: what follows the screen late is no fault, what stays too wide is one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e import looker

BOX = "<main style='width: 1000px; height: 9px' id='chart'></main>"
LATE = "<script>setTimeout(() => { document.getElementById('chart').style.width = '100%'; }, 300)</script>"


@pytest.mark.e2e
@pytest.mark.parametrize(("html", "faults"), [
    (BOX + LATE, []),
    (BOX, ['wider than the screen: <main style="width: 1000px; height: 9px" id="chart"></main>']),
])
def test_width_is_measured_when_the_page_has_settled(
    new_context: Callable[..., BrowserContext], monkeypatch: pytest.MonkeyPatch, html: str, faults: list[str]
) -> None:
    monkeypatch.setattr(looker, "SETTLING", 2_000)
    window = looker.Looker(new_context(viewport=looker.PHONE), "")
    window.page.set_content(f"<!doctype html><meta name='viewport' content='width=device-width'>{html}")
    assert window.width() == faults
