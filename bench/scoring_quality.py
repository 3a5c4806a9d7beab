"""How honest the doubt is: coverage, Brier score and calibration on simulated panels, seeded.

``python -m bench.scoring_quality [share] [first]`` prints one JSON object as its last line; ``share`` (default 1)
scales the number of panels, ``first`` (default 0) is the first seed.  Keys: ``PANEL.coverage`` of 95 % intervals of
the entries' effects,
``PANEL.brier`` of P(among the best k) beside ``PANEL.brier_mean`` of the plain mean with its own standard
errors, ``PANEL.log_loss`` and ``PANEL.log_loss_mean``, ``PANEL.rank_coverage`` of 95 % rank intervals,
``PANEL.coverage_plugin`` of intervals that take the estimated components as true; ``calibration_98``, the share
of entries said to have P >= .98 that are in the top k; and ``topics_SD.precision``, ``.coverage``,
``.precision_without`` and ``.warned`` for judges matched to topics that lie SD apart.

``PANEL.brier_oracle``, ``PANEL.log_loss_oracle`` (judges alike only) and ``topics_SD.precision_oracle`` come from the
same model with the variance components that the panel was drawn with: no method that has to estimate them can do
better on average, so an aim beyond them cannot be reached.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring import Composite, Fit, NotIdentifiable, aggregate, assign, calibrate, composite_from, posterior, top_k

Floats = NDArray[np.float64]
SURE = 0.98
SMALLEST_CHANCE = 1e-3
TOPIC_PANELS = 80


@dataclass(frozen=True)
class Panel:
    """Entries x judges x reviews, variances of entry, judge and noise, and how unequal judges are."""

    name: str
    size: tuple[int, int, int]
    variances: tuple[float, float, float]
    k: int
    panels: int
    unequal: float = 0.0

    def simulated(self, seed: int) -> tuple[Composite, Floats]:
        """Totals and the true quality."""
        rng = np.random.default_rng(seed)
        n_entries, n_judges, reviews = self.size
        sd = np.sqrt(self.variances)
        quality, leniency = sd[0] * rng.standard_normal(n_entries), sd[1] * rng.standard_normal(n_judges)
        noise = sd[2] * np.exp(0.4 * self.unequal * rng.standard_normal(n_judges))
        scale = np.exp(0.3 * self.unequal * rng.standard_normal(n_judges))
        entry = np.repeat(np.arange(n_entries), reviews)
        judge = np.concatenate([rng.permutation(n_judges)[:reviews] for _ in range(n_entries)])
        error = noise[judge] * rng.standard_normal(len(entry))
        return composite_from(entry, judge, 60 + scale[judge] * quality[entry] + leniency[judge] + error), quality


PANELS = (
    Panel("12x5x3", (12, 5, 3), (25, 25, 81), 3, 250),
    Panel("60x10x3", (60, 10, 3), (25, 25, 225), 6, 150),
    Panel("20x6x2", (20, 6, 2), (100, 50, 80), 4, 400),
    Panel("30x8x3", (30, 8, 3), (36, 36, 100), 5, 250),
    Panel("300x20x5", (300, 20, 5), (100, 49, 100), 30, 40, unequal=1.0),
)


def best(values: Floats, k: int) -> Floats:
    """1 for the k largest."""
    out = np.zeros(len(values))
    out[np.argsort(-values, kind="stable")[:k]] = 1.0
    return out


def chances_of_means(comp: Composite, k: int) -> Floats:
    """P(among the best k) as the plain mean has it: means with standard errors from the pooled spread."""
    mean = aggregate(comp).score
    count = np.bincount(comp.entry, minlength=comp.n_entries)
    left = comp.y - mean[comp.entry]
    error = np.sqrt(float(left @ left) / max(len(left) - comp.n_entries, 1) / count)
    rng = np.random.default_rng(0)
    draws = mean[:, None] + error[:, None] * rng.standard_normal((comp.n_entries, 2000))
    return np.asarray((np.argsort(np.argsort(-draws, axis=0), axis=0) < k).mean(axis=1))


def log_loss(p: Floats, top: Floats) -> float:
    """Mean of -log of the chance given to what happened, chances kept above 1/1000."""
    q = np.clip(p, SMALLEST_CHANCE, 1 - SMALLEST_CHANCE)
    return float(-(top * np.log(q) + (1 - top) * np.log(1 - q)).mean())


def with_true_components(fit: Fit, panel: Panel) -> Fit:
    """The fit with the components that the panel was drawn with in place of the estimated ones."""
    entry, judge, noise = panel.variances
    unit = fit.model.design.unit
    at = replace(fit.model.likelihood.solve(entry / noise, judge / noise), residual=noise / unit**2)
    return replace(fit, model=replace(fit.model, solution=at))


def measured(panel: Panel, share: float, start: int) -> tuple[dict[str, float], list[float]]:
    """Figures of one row, and whether each entry said to be sure of its place has it."""
    rows: list[list[float]] = []
    sure: list[float] = []
    for seed in range(start, start + max(int(panel.panels * share), 2)):
        comp, quality = panel.simulated(seed)
        try:
            fit = calibrate(comp, pools="assume_equal_pools")
        except NotIdentifiable:
            continue
        post, top, truth = posterior(fit), top_k(fit, panel.k), best(quality, panel.k)
        rank = 1 + np.argsort(np.argsort(-quality))
        plain = chances_of_means(comp, panel.k)
        best_case = top_k(fit, panel.k).p
        if not panel.unequal:
            simple = calibrate(comp, level="severity", pools="assume_equal_pools")
            best_case = top_k(with_true_components(simple, panel), panel.k, "joint").p
        rows.append([
            float(((post.lo <= quality + fit.mu) & (quality + fit.mu <= post.hi)).mean()),
            float((np.abs(fit.entries.effect - quality) < 1.96 * fit.entries.se).mean()),
            float(np.square(top.p - truth).mean()), float(np.square(plain - truth).mean()),
            log_loss(top.p, truth), log_loss(plain, truth),
            float(((top.rank_lo <= rank) & (rank <= top.rank_hi)).mean()),
            float(np.square(best_case - truth).mean()), log_loss(best_case, truth),
        ])  # fmt: skip
        sure += truth[top.p >= SURE].tolist()
    names: tuple[str, ...] = (
        "coverage", "coverage_plugin", "brier", "brier_mean", "log_loss", "log_loss_mean", "rank_coverage",
        "brier_oracle", "log_loss_oracle",
    )  # fmt: skip
    if panel.unequal:
        names, rows = names[:-2], [row[:-2] for row in rows]
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True)), sure


def topics(spread: float, share: float, start: int) -> dict[str, float]:
    """300 entries of 4 topics, 20 specialists assigned with 5 % bridges, 3 reviews; topics ``spread`` apart."""
    rows = []
    for seed in range(start, start + max(int(TOPIC_PANELS * share), 2)):
        rng = np.random.default_rng(seed)
        topic, field = rng.integers(0, 4, 300), np.arange(20) % 4
        quality = spread * rng.standard_normal(4)[topic] + rng.standard_normal(300)
        leniency = 0.7 * rng.standard_normal(20)
        affinity = rng.beta(2, 5, (300, 20)) / 1.5
        affinity[topic[:, None] == field] += 0.5
        entry, judge = assign(affinity, 3, 36, 55, None, seed=seed).pairs.T
        y = 50 + 10 * (quality[entry] + leniency[judge] + rng.standard_normal(len(entry)))
        truth = best(quality, 30)
        without = calibrate(composite_from(entry, judge, y))
        fit = calibrate(composite_from(entry, judge, y, group=topic))
        likelihood = fit.model.likelihood.with_group_ratio(max(spread**2, 1e-8))
        at, first = likelihood.solve(1.0, 0.49), likelihood.design.p - likelihood.design.n_groups
        best_case = at.entry_effect + at.beta[first + likelihood.design.group_of_entry]
        off = fit.entries.effect - fit.entries.effect.mean() - 10 * (quality - quality.mean())
        rows.append([
            float(truth[best(fit.entries.score, 30) > 0].mean()),
            float(truth[best(without.entries.score, 30) > 0].mean()),
            float(truth[best(aggregate(without.comp).score, 30) > 0].mean()),
            float((np.abs(off) < 1.96 * fit.entries.se).mean()),
            float(any("matched" in w or "weakly" in w for w in without.warnings)),
            float(any("matched" in w for w in without.warnings)),
            float(truth[best(best_case, 30) > 0].mean()),
        ])  # fmt: skip
    names = (
        "precision", "precision_without", "precision_mean", "coverage", "warned", "warned_of_matching",
        "precision_oracle",
    )  # fmt: skip
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))


def run(share: float = 1.0, start: int = 0) -> dict[str, float]:
    """All rows."""
    figures: dict[str, float] = {}
    sure: list[float] = []
    for panel in PANELS:
        row, certain = measured(panel, share, start)
        sure += certain
        figures |= {f"{panel.name}.{name}": value for name, value in row.items()}
        print(panel.name, " ".join(f"{name} {value:.4f}" for name, value in row.items()), flush=True)
    figures["calibration_98"] = float(np.mean(sure)) if sure else float("nan")
    figures["calibration_98_n"] = float(len(sure))
    for spread in (0.0, 0.35, 0.7):
        row = topics(spread, share, start)
        figures |= {f"topics_{spread:g}.{name}": value for name, value in row.items()}
        print("topics", spread, " ".join(f"{name} {value:.4f}" for name, value in row.items()), flush=True)
    return figures


if __name__ == "__main__":
    print(json.dumps(run(*(kind(text) for kind, text in zip((float, int), sys.argv[1:], strict=False)))))
