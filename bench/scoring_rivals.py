"""Every installed method of ``bench/rivals`` on the same simulated panels: precision of the top 10 %, seconds.

``python -m bench.scoring_rivals [panels]`` prints one JSON object as its last line, keys
``RIVAL.PANEL.precision`` and ``RIVAL.PANEL.seconds``.  Seconds are of the whole call: lme4's hold the start of R,
about a second.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import numpy as np

from bench.rivals import gpboost_mixed, lme4, opencall, plain_mean, statsmodels_mixed, z_score
from bench.scoring_quality import Panel, best

RIVALS = (plain_mean, z_score, opencall, lme4, statsmodels_mixed, gpboost_mixed)
PANELS = (
    Panel("40x8x3", (40, 8, 3), (100, 49, 100), 4, 0),
    Panel("300x20x5", (300, 20, 5), (100, 49, 100), 30, 0),
    Panel("300x20x5_unequal", (300, 20, 5), (100, 49, 100), 30, 0, unequal=1.0),
)
SLOW = {"statsmodels_mixed"}


def run(count: int = 10) -> dict[str, float]:
    """Figures of all rivals; statsmodels only on the small panel."""
    figures: dict[str, float] = {}
    for rival in RIVALS:
        short = rival.__name__.rsplit(".", 1)[-1]
        if not rival.available():
            print(f"{rival.name}: not installed, not measured", flush=True)
            continue
        print(f"{rival.name} {rival.version()}", flush=True)
        for panel in PANELS[:1] if short in SLOW else PANELS:
            precision, seconds = [], []
            for seed in range(count):
                comp, quality = panel.simulated(seed)
                began = time.perf_counter()
                scores = rival.scores(comp)
                seconds.append(time.perf_counter() - began)
                precision.append(float(best(quality, panel.k)[best(scores, panel.k) > 0].mean()))
            figures[f"{short}.{panel.name}.precision"] = float(np.mean(precision))
            figures[f"{short}.{panel.name}.seconds"] = statistics.median(seconds)
            text = f"{np.mean(precision):.3f}, {statistics.median(seconds):.4f} s"
            print(f"{rival.name} {panel.name}: {text}", flush=True)
    return figures


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 10)))
