"""Judge scores, done properly: exact official results, calibration, uncertainty, selection, assignment.

Pure functions: arrays in, frozen dataclasses out; no files, no network, no clock.  Randomness is seeded,
so the same input gives the same digest.
"""

from __future__ import annotations

from scoring.assignment import Assignment, assign, design_se
from scoring.calibration import calibrate
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
from scoring.explanation import Contribution, Explanation, explain
from scoring.fit import LEVELS, Entries, Fit, Judges
from scoring.interrater import Agreement, agreement
from scoring.intervals import Posterior, posterior
from scoring.judges import JudgeReport, judge_report
from scoring.links import Linkage, MissingBridge, linkage
from scoring.next_scores import NextBest, next_best
from scoring.official_result import official
from scoring.rule import Rule
from scoring.selection import Portfolio, select
from scoring.standing import Arithmetic, JudgeTotal, Standing
from scoring.summaries import Ranking, aggregate
from scoring.topk import TopK, top_k
from scoring.totals import composite, composite_from
from scoring.types import Composite, Criterion, Scores
from scoring.updates import refit, update

__version__ = "1.0.0"

__all__ = [
    "LEVELS",
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
    "MissingBridge",
    "NextBest",
    "NotConverged",
    "NotIdentifiable",
    "Portfolio",
    "Posterior",
    "Ranking",
    "Rule",
    "Scores",
    "ScoringError",
    "Standing",
    "TopK",
    "__version__",
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
    "posterior",
    "refit",
    "select",
    "top_k",
    "update",
]
