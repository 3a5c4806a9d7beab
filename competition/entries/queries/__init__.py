"""Reads of teams and entries. Later slices use :mod:`.later`; its names are offered here."""

from __future__ import annotations

from competition.entries.queries.for_later_slices import (
    JudgeEntry,
    JudgeFile,
    SubmittedEntry,
    for_judges,
    submitted_entries,
)

__all__ = ["JudgeEntry", "JudgeFile", "SubmittedEntry", "for_judges", "submitted_entries"]
