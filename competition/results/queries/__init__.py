"""Reads of the results slice, shaped for its pages and for the slices that follow."""

from __future__ import annotations

from competition.results.queries.board import Board, Dot, JudgeLine, Line, board, cut_dots, judges
from competition.results.queries.compared import Change, Comparison, compared
from competition.results.queries.cut import Cut, cut
from competition.results.queries.decided import (
    DecisionView,
    Money,
    awarded,
    awards_by_team,
    being_decided,
    calendar,
    calendar_days,
    call_money,
    decided_on,
    decision,
    decision_counts,
    decisions,
    most_awards,
    outcome_codes,
    programme_money,
)
from competition.results.queries.explained import OwnResult, Worked, own_result, worked
from competition.results.queries.fresh import changed_since, log_place, outdated_run
from competition.results.queries.published import (
    PublicCall,
    PublicResult,
    Version,
    Winner,
    current_publication,
    in_force,
    published_calls,
    result,
)
from competition.results.queries.runs import RunView, latest_run, ranked_ids, run_history, waiting_run

__all__ = [
    "Board",
    "Change",
    "Comparison",
    "Cut",
    "DecisionView",
    "Dot",
    "JudgeLine",
    "Line",
    "Money",
    "OwnResult",
    "PublicCall",
    "PublicResult",
    "RunView",
    "Version",
    "Winner",
    "Worked",
    "awarded",
    "awards_by_team",
    "being_decided",
    "board",
    "calendar",
    "calendar_days",
    "call_money",
    "changed_since",
    "compared",
    "current_publication",
    "cut",
    "cut_dots",
    "decided_on",
    "decision",
    "decision_counts",
    "decisions",
    "in_force",
    "judges",
    "latest_run",
    "log_place",
    "most_awards",
    "outcome_codes",
    "outdated_run",
    "own_result",
    "programme_money",
    "published_calls",
    "ranked_ids",
    "result",
    "run_history",
    "waiting_run",
    "worked",
]
