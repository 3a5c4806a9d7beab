"""Reads of teams and entries. The names of :mod:`.for_later_slices` are offered here to the slices that come later."""

from __future__ import annotations

from competition.entries.queries.for_later_slices import (
    JudgeEntry,
    JudgeFile,
    SubmittedEntry,
    for_judges,
    submitted_entries,
)

__all__ = ["JudgeEntry", "JudgeFile", "SubmittedEntry", "for_judges", "submitted_entries"]
