"""What a deployment says of itself when it starts."""

from __future__ import annotations

import json

import pytest

from devtools import commands


@pytest.mark.parametrize(("address", "level", "event"), [
    ("", "warning", "uploads are not scanned for malware: CLAMD_ADDRESS is not set"),
    ("scanner.internal:3310", "info", "uploads are scanned for malware by clamd at scanner.internal:3310"),
])
def test_whether_uploads_are_scanned_is_a_line_of_the_log(address: str, level: str, event: str) -> None:
    line = json.loads(commands._scanning(address))
    assert (line["event"], line["level"], set(line)) == (event, level, {"event", "level", "logger", "timestamp"})
