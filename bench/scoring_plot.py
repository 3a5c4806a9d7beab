"""The README's plot: precision of the chosen set, plain mean against calibrated, as judges differ more.

``python -m bench.scoring_plot`` simulates panels of 300 entries and 20 judges, five judges an entry, and
writes docs/img/precision.svg.  The horizontal axis scales all three ways in which judges differ: at 1
severity has 0.7, reliability (log noise) 0.4 and scale (log) 0.3 standard deviations.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring import Composite, aggregate, calibrate, composite_from

SPREADS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
SEEDS = 60
CHOSEN = 30
METHODS = (
    ("Calibrated: severity, reliability, scale", "#0b6e4f", ""),
    ("Calibrated: severity only", "#3d7ea6", "6 4"),
    ("Plain mean", "#a23b2a", "2 4"),
)
TARGET = Path(__file__).parents[1] / "docs" / "img" / "precision.svg"
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 430, 70, 64, 20, 60


def panel(seed: int, spread: float) -> tuple[Composite, NDArray[np.float64]]:
    """Totals and true quality; the same entries and assignments at every spread."""
    rng = np.random.default_rng(seed)
    quality, severity, noise, scale = (rng.standard_normal(size) for size in (300, 20, 20, 20))
    entry = np.repeat(np.arange(300), 5)
    judge = np.concatenate([rng.permutation(20)[:5] for _ in range(300)])
    error = np.exp(0.4 * spread * noise)[judge] * rng.standard_normal(len(judge))
    scores = np.exp(0.3 * spread * scale)[judge] * quality[entry] + 0.7 * spread * severity[judge] + error
    return composite_from(entry, judge, 50 + 10 * scores), quality


def precision() -> NDArray[np.float64]:
    """Share of the true best 30 among the chosen 30; rows = methods, columns = spreads."""
    shares = np.zeros((len(METHODS), len(SPREADS)))
    for column, spread in enumerate(SPREADS):
        for seed in range(SEEDS):
            comp, quality = panel(seed, spread)
            best = set(np.argsort(-quality)[:CHOSEN].tolist())
            scores = (
                calibrate(comp, level=3).entries.score,
                calibrate(comp, level=1).entries.score,
                aggregate(comp).score,
            )
            for row, score in enumerate(scores):
                chosen = np.argsort(-score, kind="stable")[:CHOSEN].tolist()
                shares[row, column] += len(best.intersection(chosen)) / CHOSEN / SEEDS
    return shares


def drawing(shares: NDArray[np.float64]) -> str:
    """The plot as SVG, readable on light and dark pages."""
    low, high = 0.5, 0.8
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(spread: float) -> float:
        return LEFT + inner_width * spread / SPREADS[-1]

    def y(share: float) -> float:
        return TOP + inner_height * (high - share) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13" fill="#222">',
        "<title>Share of the truly best 30 of 300 entries among the 30 chosen, as judges differ more</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#fff"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="600">'
        "How many of the best 30 of 300 entries are chosen</text>",
        f'<text x="{LEFT}" y="46" fill="#555">Simulated panels: 20 judges, 5 per entry, '
        f"mean of {SEEDS} panels</text>",
    ]
    for share in np.arange(low, high + 0.01, 0.05):
        parts.append(f'<path d="M{LEFT} {y(share):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for spread in SPREADS:
        parts.append(f'<text x="{x(spread):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{spread:g}</text>')
    parts.append(
        f'<text x="{LEFT + inner_width / 2:.0f}" y="{HEIGHT - 14}" text-anchor="middle">'
        "How much judges differ in severity, reliability and scale (0 = not at all)</text>"
    )
    for row, (name, colour, dash) in enumerate(METHODS):
        points = " ".join(f"{x(s):.1f},{y(v):.1f}" for s, v in zip(SPREADS, shares[row], strict=True))
        line = f'stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"'
        parts.append(f'<polyline points="{points}" fill="none" {line}/>')
        parts += [
            f'<circle cx="{x(s):.1f}" cy="{y(v):.1f}" r="3.5" fill="{colour}"/>'
            for s, v in zip(SPREADS, shares[row], strict=True)
        ]
        place = HEIGHT - BOTTOM - 62 + 20 * row
        parts.append(f'<path d="M{LEFT + 14} {place - 4}h34" {line}/>')
        parts.append(f'<text x="{LEFT + 56}" y="{place}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    values = precision()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(drawing(values), encoding="utf-8")
    for (label, _, _), shares in zip(METHODS, values, strict=True):
        print(label, " ".join(f"{share:.3f}" for share in shares))
