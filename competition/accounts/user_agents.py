"""A browser's name in words: what its user-agent string names for certain."""

from __future__ import annotations

import re

# In this order: nearly every browser also contains the names of those below it.
BROWSERS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"), ("Opera", r"\bOPR/"), ("Samsung Internet", r"\bSamsungBrowser/"),
    ("WeChat", r"\bMicroMessenger/"), ("Whale", r"\bWhale/"), ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|HeadlessChrome|CriOS)/"), ("Safari", r"\bVersion/[\d.]+ .*\bSafari/"),
)
SYSTEMS = (
    ("Android", r"\bAndroid\b"), ("iPhone", r"\biPhone\b"), ("iPad", r"\biPad\b"), ("Windows", r"\bWindows NT\b"),
    ("macOS", r"\bMac OS X\b"), ("ChromeOS", r"\bCrOS\b"), ("Linux", r"\bLinux\b"),
)


def named(agent: str) -> tuple[str, str]:
    """``(browser, system)`` of a user-agent string; empty where it names none of these lists."""
    return _first(BROWSERS, agent), _first(SYSTEMS, agent)


def _first(patterns: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in patterns if re.search(pattern, agent)), "")
