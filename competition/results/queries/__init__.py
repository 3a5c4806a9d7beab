"""Reads of the results slice, shaped for its pages and for the slices that follow."""

from __future__ import annotations

from competition.results.queries.board import Board, Dot, JudgeLine, Line, board, cut_dots, judges, lines
from competition.results.queries.decided import (
    DecisionView,
    awarded,
    awards_by_team,
    calendar,
    calendar_days,
    decided_on,
    decision,
    decision_counts,
    decisions,
    most_awards,
    outcome_codes,
)
from competition.results.queries.explained import OwnResult, Worked, own_result, worked
from competition.results.queries.published import PublicCall, PublicResult, Winner, published_calls, result
from competition.results.queries.runs import RunView, latest_run, ranked_ids, run_history, waiting_run

__all__ = [
    "Board",
    "DecisionView",
    "Dot",
    "JudgeLine",
    "Line",
    "OwnResult",
    "PublicCall",
    "PublicResult",
    "RunView",
    "Winner",
    "Worked",
    "awarded",
    "awards_by_team",
    "board",
    "calendar",
    "calendar_days",
    "cut_dots",
    "decided_on",
    "decision",
    "decision_counts",
    "decisions",
    "judges",
    "latest_run",
    "lines",
    "most_awards",
    "outcome_codes",
    "own_result",
    "published_calls",
    "ranked_ids",
    "result",
    "run_history",
    "waiting_run",
    "worked",
]
