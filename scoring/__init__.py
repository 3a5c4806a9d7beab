"""Judge scores, done properly: exact official results, calibration, uncertainty, selection, assignment.

Pure functions: arrays in, frozen dataclasses out; no files, no network, no clock.  Randomness is seeded,
so the same input gives the same digest.
"""

from __future__ import annotations

from scoring.errors import (
    Disconnected,
    Infeasible,
    InvalidScores,
    NotConverged,
    NotIdentifiable,
    ScoringError,
)
from scoring.types import Composite, Criterion, Scores

__all__ = [
    "Composite",
    "Criterion",
    "Disconnected",
    "Infeasible",
    "InvalidScores",
    "NotConverged",
    "NotIdentifiable",
    "Scores",
    "ScoringError",
]
