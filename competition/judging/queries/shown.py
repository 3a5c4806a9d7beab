"""What of an entry judges are shown. A field or a file is hidden until it is listed here."""

from __future__ import annotations

from typing import Any

from competition.entries.plain_answers import HIDDEN_FROM_JUDGES

SHOWN = (
    "summary", "kpi_replies", "technical_plan", "difference", "maturity", "pilot_plan", "milestones",
    "quote_minor", "own_funds_minor", "data_ethics", "risks", "models_used", "experience", "support_wanted",
    "custom",
)
HIDDEN_UNITS = HIDDEN_FROM_JUDGES
SLOTS = ("proposal", "supplement", "video")


def shown_files(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of a revision's files that judges may see: a signed commitment names who signed."""
    return [file for file in files if file.get("slot") in SLOTS]
