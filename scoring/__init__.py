"""Judge scores, done properly: exact official results, calibration, uncertainty, selection, assignment.

Pure functions: arrays in, frozen dataclasses out; no files, no network, no clock.  Randomness is seeded,
so the same input gives the same digest.
"""

from __future__ import annotations

from scoring.aggregate import Ranking, aggregate
from scoring.agreement import Agreement, agreement
from scoring.assign import Assignment, assign, design_se
from scoring.calibrate import calibrate
from scoring.composite import composite, composite_from
from scoring.draws import entry_draws
from scoring.errors import (
    Clash,
    Disconnected,
    Infeasible,
    InvalidScores,
    NotConverged,
    NotIdentifiable,
    ScoringError,
)
from scoring.explain import Contribution, Explanation, explain
from scoring.fit import Entries, Fit, Judges
from scoring.judges import JudgeReport, judge_report
from scoring.linkage import Linkage, linkage
from scoring.next_best import NextBest, next_best
from scoring.official import Rule, official
from scoring.select import Portfolio, select
from scoring.standing import Arithmetic, JudgeTotal, Standing
from scoring.topk import TopK, top_k
from scoring.types import Composite, Criterion, Scores
from scoring.update import refit, update

__all__ = [
    "Agreement",
    "Arithmetic",
    "Assignment",
    "Clash",
    "Composite",
    "Contribution",
    "Criterion",
    "Disconnected",
    "Entries",
    "Explanation",
    "Fit",
    "Infeasible",
    "InvalidScores",
    "JudgeReport",
    "JudgeTotal",
    "Judges",
    "Linkage",
    "NextBest",
    "NotConverged",
    "NotIdentifiable",
    "Portfolio",
    "Ranking",
    "Rule",
    "Scores",
    "ScoringError",
    "Standing",
    "TopK",
    "aggregate",
    "agreement",
    "assign",
    "calibrate",
    "composite",
    "composite_from",
    "design_se",
    "entry_draws",
    "explain",
    "judge_report",
    "linkage",
    "next_best",
    "official",
    "refit",
    "select",
    "top_k",
    "update",
]
