"""Library logs as JSON lines."""

from __future__ import annotations

import json
import logging

from competition.loglines import JsonLines


def record(message: str, *values: object, error: Exception | None = None) -> logging.LogRecord:
    info = None if error is None else (type(error), error, None)
    created = logging.LogRecord("granian", logging.WARNING, "x.py", 1, message, values, info)
    created.created = 1_800_000_000.25
    return created


def test_a_record_is_one_line_of_json() -> None:
    line = JsonLines().format(record('said "%s"\nand more', "表"))
    assert "\n" not in line
    assert json.loads(line) == {
        "event": 'said "表"\nand more', "level": "warning", "logger": "granian",
        "timestamp": "2027-01-15T08:00:00.250000Z",
    }


def test_a_traceback_stays_on_the_line() -> None:
    line = JsonLines().format(record("failed", error=ValueError("two\nlines")))
    assert "\n" not in line
    assert json.loads(line)["exception"] == "ValueError: two\nlines"
