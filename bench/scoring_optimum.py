"""Whether fits of small panels end at the optimum: 2,000 random panels, 100 of them beside lme4.

``python -m bench.scoring_optimum [panels]`` prints one JSON object as its last line: ``panels``, ``fitted`` (the
others are not identifiable), ``not_converged``, ``non_stationary`` (a slope of the deviance per log-ratio above
1e-3, by central differences, or a deviance that falls inward from a ratio of zero), ``lower_elsewhere`` (panels
in which one of nine other starting points ends more than 1e-6 lower), and, where R and lme4 are installed,
``lme4_panels``, ``lme4_lower`` (lme4's deviance, by either of two optimisers, more than 1e-6 below ours) and
``lme4_largest_gap``, the largest such difference, negative where ours is the lower one throughout.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.rivals import lme4
from scoring import Composite, Fit, NotIdentifiable, calibrate, composite_from
from scoring.maximum import maximise

SIZES = ((8, 4, 2), (12, 5, 2), (20, 6, 2), (30, 8, 2), (12, 5, 3), (20, 6, 3), (40, 8, 3), (60, 10, 3))
SPREADS = ((5, 5, 9), (3, 8, 10), (8, 8, 4), (10, 7, 9), (1, 1, 10), (5, 5, 15))
STARTS = tuple((entry, judge) for entry in (0.05, 1.0, 8.0) for judge in (0.05, 1.0, 8.0))
BESIDE_LME4 = 100
STEP = 1e-4
FIT = """
suppressMessages(library(lme4))
d <- read.csv(commandArgs(TRUE)[1])
for (p in sort(unique(d$panel))) {
  best <- Inf
  for (optimizer in c("nloptwrap", "bobyqa")) {
    m <- suppressMessages(suppressWarnings(lmer(y ~ 1 + (1 | entry) + (1 | judge), d[d$panel == p, ],
      control = lmerControl(optimizer = optimizer, calc.derivs = FALSE))))
    best <- min(best, REMLcrit(m))
  }
  cat(sprintf("%d %.12g\\n", p, best))
}
"""


def random_panel(seed: int) -> Composite:
    """Whole-number totals; sizes and variances in turn."""
    rng = np.random.default_rng(seed)
    n_entries, n_judges, reviews = SIZES[seed % len(SIZES)]
    sd = SPREADS[seed // len(SIZES) % len(SPREADS)]
    quality, leniency = sd[0] * rng.standard_normal(n_entries), sd[1] * rng.standard_normal(n_judges)
    entry = np.repeat(np.arange(n_entries), reviews)
    judge = np.concatenate([rng.permutation(n_judges)[:reviews] for _ in range(n_entries)])
    y = 60 + quality[entry] + leniency[judge] + sd[2] * rng.standard_normal(len(entry))
    return composite_from(entry, judge, np.round(y))


def steepest(fit: Fit) -> float:
    """Largest slope of the deviance per log-ratio; at a ratio of zero the fall of the deviance inward."""
    likelihood, ratios = fit.model.likelihood, fit.model.solution.ratios
    here, largest = likelihood.deviance(fit.model.solution), 0.0
    for c in range(2):
        ends = []
        for factor in (np.exp(STEP), np.exp(-STEP)):
            moved = list(ratios)
            moved[c] = ratios[c] * factor if ratios[c] > 0 else STEP
            ends.append(likelihood.deviance(likelihood.solve(*moved)))
        slope = abs(ends[0] - ends[1]) / (2 * STEP) if ratios[c] > 0 else (here - ends[0]) / STEP
        largest = max(largest, slope)
    return largest


def lower_elsewhere(fit: Fit) -> bool:
    """Whether a search from another start ends lower."""
    likelihood = fit.model.likelihood
    here = likelihood.deviance(fit.model.solution)
    ends = (maximise(likelihood, start, thorough=False).solution for start in STARTS)
    return any(likelihood.deviance(end) < here - 1e-6 for end in ends)


def lowest_of_lme4(panels: dict[int, Composite]) -> dict[int, float]:
    """lme4's REML criterion of each panel, the lower of two optimisers'."""
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "data.csv", Path(folder) / "fit.R"
        table = np.concatenate([
            np.column_stack([np.full(len(c.y), seed), c.entry, c.judge, c.y]) for seed, c in panels.items()
        ])
        form = ["%d", "%d", "%d", "%.17g"]
        np.savetxt(data, table, fmt=form, delimiter=",", header="panel,entry,judge,y", comments="")
        script.write_text(FIT, encoding="utf-8")
        out = subprocess.run(
            [shutil.which("Rscript") or "Rscript", str(script), str(data)], capture_output=True, text=True, check=True
        )
    rows = (line.split() for line in out.stdout.splitlines())
    return {int(seed): float(value) for seed, value in rows}


def run(count: int = 2000) -> dict[str, float]:
    """All figures."""
    fits: dict[int, Fit] = {}
    for seed in range(count):
        try:
            fits[seed] = calibrate(random_panel(seed), level="severity", pools="assume_equal_pools")
        except NotIdentifiable:
            continue
    slopes = {seed: steepest(fit) for seed, fit in fits.items()}
    figures: dict[str, float] = {
        "panels": count,
        "fitted": len(fits),
        "not_converged": sum(not fit.converged for fit in fits.values()),
        "non_stationary": sum(slope > 1e-3 for slope in slopes.values()),
        "largest_slope": max(slopes.values()),
        "lower_elsewhere": sum(lower_elsewhere(fit) for fit in fits.values()),
    }
    if not lme4.available():
        print("lme4 is not installed (Debian: r-cran-lme4): not measured", flush=True)
        return figures
    linked = [seed for seed, fit in fits.items() if fit.model.links.n_pools == 1][:BESIDE_LME4]
    theirs = lowest_of_lme4({seed: fits[seed].comp for seed in linked})
    gaps = [fits[seed].deviance - value for seed, value in theirs.items()]
    print(f"lme4 {lme4.version()}", flush=True)
    return figures | {
        "lme4_panels": len(gaps),
        "lme4_lower": sum(gap > 1e-6 for gap in gaps),
        "lme4_largest_gap": max(gaps),
        "lme4_higher": sum(gap < -1e-6 for gap in gaps),
    }


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)))
