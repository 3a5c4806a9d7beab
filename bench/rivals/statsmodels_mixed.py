"""statsmodels' MixedLM with crossed variance components; minutes beyond a few thousand rows."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util

import numpy as np
from numpy.typing import NDArray

from scoring import Composite

name = "statsmodels MixedLM"


def available() -> bool:
    """Whether statsmodels and pandas are installed."""
    return all(importlib.util.find_spec(module) is not None for module in ("statsmodels", "pandas"))


def version() -> str:
    """Of statsmodels."""
    return importlib.metadata.version("statsmodels")


def scores(comp: Composite) -> NDArray[np.float64]:
    """Predicted effect per entry."""
    pandas = importlib.import_module("pandas")
    formula = importlib.import_module("statsmodels.formula.api")
    frame = pandas.DataFrame({"entry": comp.entry, "judge": comp.judge, "y": comp.y, "all": 1})
    parts = {"entry": "0 + C(entry)", "judge": "0 + C(judge)"}
    fit = formula.mixedlm("y ~ 1", frame, groups="all", vc_formula=parts).fit(reml=True)
    effects = fit.random_effects[1]
    return np.array([effects[f"entry[C(entry)[{place}]]"] for place in range(comp.n_entries)])
