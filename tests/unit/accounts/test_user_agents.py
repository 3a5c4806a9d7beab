"""Browsers are named from what they say of themselves."""

from __future__ import annotations

import pytest

from competition.accounts import user_agents

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(("agent", "names"), [
    (LINUX + "Chrome/140.0.0.0 Safari/537.36", ("Chrome", "Linux")),
    (LINUX + "HeadlessChrome/140.0.0.0 Safari/537.36", ("Chrome", "Linux")),
    (WINDOWS + "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", ("Edge", "Windows")),
    (MAC + "Version/18.1 Safari/605.1.15", ("Safari", "macOS")),
    ("Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0", ("Firefox", "Android")),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "CriOS/140.0 Mobile/15E148 Safari/604.1", ("Chrome", "iPhone")),
    ("curl/8.9.1", ("", "")), ("", ("", "")),
])
def test_browser_and_system(agent: str, names: tuple[str, str]) -> None:
    assert user_agents.named(agent) == names
