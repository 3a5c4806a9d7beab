"""GPBoost's grouped random effects."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util

import numpy as np
from numpy.typing import NDArray

from scoring import Composite

name = "GPBoost"


def available() -> bool:
    """Whether gpboost is installed."""
    return importlib.util.find_spec("gpboost") is not None


def version() -> str:
    """Of gpboost."""
    return importlib.metadata.version("gpboost")


def scores(comp: Composite) -> NDArray[np.float64]:
    """Predicted effect per entry."""
    gpboost = importlib.import_module("gpboost")
    groups = np.column_stack([comp.entry, comp.judge])
    model = gpboost.GPModel(group_data=groups, likelihood="gaussian")
    model.fit(y=comp.y, X=np.ones((len(comp.y), 1)))
    effects = model.predict_training_data_random_effects()
    out = np.full(comp.n_entries, np.nan)
    out[comp.entry] = np.asarray(effects)[:, 0]
    return out
