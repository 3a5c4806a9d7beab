"""Judge scores, done properly: exact official results, calibration, uncertainty, selection, assignment.

Pure functions: arrays in, frozen dataclasses out; no files, no network, no clock.  Randomness is seeded,
so the same input gives the same digest.
"""

from __future__ import annotations

from scoring.assignment import Assignment, assign
from scoring.calibration import calibrate
from scoring.carried import Carried
from scoring.cautions import FLAT, NOT_COMPARABLE
from scoring.deciding_grades import DecidingGrade, Fragility, fragility
from scoring.design_errors import design_se
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
from scoring.lotteries import draw, lottery
from scoring.next_scores import NextBest, next_best
from scoring.official_result import official
from scoring.prediction import Prediction, predict, simulate
from scoring.rule import Rule
from scoring.selection import Portfolio, select
from scoring.sensitivity import Influence, influence
from scoring.standing import Arithmetic, JudgeTotal, Standing
from scoring.summaries import Ranking, aggregate
from scoring.topk import TopK, top_k
from scoring.totals import composite, composite_from
from scoring.types import Composite, Criterion, Scores
from scoring.updates import refit, update

__version__ = "1.0.0"

__all__ = [
    "FLAT",
    "LEVELS",
    "NOT_COMPARABLE",
    "Agreement",
    "Arithmetic",
    "Assignment",
    "Carried",
    "Clash",
    "Composite",
    "Contribution",
    "Criterion",
    "DecidingGrade",
    "Disconnected",
    "Entries",
    "Explanation",
    "Fit",
    "Fragility",
    "Infeasible",
    "Influence",
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
    "Prediction",
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
    "draw",
    "entry_draws",
    "explain",
    "fragility",
    "influence",
    "judge_report",
    "linkage",
    "lottery",
    "next_best",
    "official",
    "posterior",
    "predict",
    "refit",
    "select",
    "simulate",
    "top_k",
    "update",
]
