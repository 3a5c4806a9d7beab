"""Reference data, simulated panels, and slow but obvious reference implementations."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring import Composite, Criterion, Rule, composite_from

DATA = Path(__file__).parents[2] / "data" / "scoring"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(name: str, entry: str, judge: str, y: str) -> Composite:
    table = rows(name)
    entries, entry_code = np.unique([r[entry] for r in table], return_inverse=True)
    judges, judge_code = np.unique([r[judge] for r in table], return_inverse=True)
    total = [float(r[y]) for r in table]
    return composite_from(entry_code, judge_code, total, entry_ids=entries, judge_ids=judges)


def panel(
    seed: int,
    n_entries: int = 300,
    n_judges: int = 20,
    per_entry: int = 5,
    *,
    severity: float = 0.7,
    unequal_noise: float = 0.4,
    unequal_scale: float = 0.3,
) -> tuple[Composite, NDArray[np.float64]]:
    """Simulated totals (mean 50, quality sd 10, noise sd 10) and the true quality in points."""
    rng = np.random.default_rng(seed)
    quality = 10.0 * rng.standard_normal(n_entries)
    leniency = 10.0 * severity * rng.standard_normal(n_judges)
    noise = 10.0 * np.exp(unequal_noise * rng.standard_normal(n_judges))
    scale = np.exp(unequal_scale * rng.standard_normal(n_judges))
    entry = np.repeat(np.arange(n_entries), per_entry)
    judge = np.concatenate([rng.permutation(n_judges)[:per_entry] for _ in range(n_entries)])
    y = 50.0 + scale[judge] * quality[entry] + leniency[judge] + noise[judge] * rng.standard_normal(len(judge))
    return composite_from(entry, judge, y), quality


def dense_blup(comp: Composite, s_entry: float, s_judge: float, s: float) -> dict[str, Any]:
    """Mixed model by brute force: V inverted, generalised least squares, predictions, variances, deviance."""
    n = len(comp.y)
    z_entry = np.eye(comp.n_entries)[comp.entry]
    z_judge = np.eye(comp.n_judges)[comp.judge]
    x = np.ones((n, 1)) if comp.fixed is None else np.column_stack([np.ones(n), comp.fixed])
    v = s_entry * z_entry @ z_entry.T + s_judge * z_judge @ z_judge.T + np.diag(s / comp.weight)
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    beta = np.linalg.solve(information, x.T @ inverse @ comp.y)
    left = comp.y - x @ beta
    deviance = (n - x.shape[1]) * np.log(2 * np.pi) + np.linalg.slogdet(v)[1]
    deviance += np.linalg.slogdet(information)[1] + left @ inverse @ left
    return {
        "beta": beta,
        "entry": s_entry * z_entry.T @ inverse @ left,
        "judge": s_judge * z_judge.T @ inverse @ left,
        "se": np.sqrt(s_entry - np.diag(s_entry**2 * z_entry.T @ inverse @ z_entry)),
        "deviance": deviance,
    }


def official_by_hand(
    entry: list[int],
    values: list[list[Fraction | None]],
    criteria: list[Criterion],
    rule: Rule,
    n_entries: int,
) -> list[dict[str, Any]]:
    """The official rule written naively with fractions, entry by entry."""
    whole = sum(Fraction(c.weight) for c in criteria)
    out: list[dict[str, Any]] = []
    for i in range(n_entries):
        sheets = [v for e, v in zip(entry, values, strict=True) if e == i and None not in v]
        totals = sorted(
            sum(
                (100 * Fraction(c.weight) * (x - Fraction(c.lo)) / (Fraction(c.hi) - Fraction(c.lo)) / whole)
                for c, x in zip(criteria, sheet, strict=True)
                if x is not None
            )
            for sheet in sheets
        )
        out.append(_one(sheets, totals, criteria, rule))
    ranked = [o for o in out if o["quorum"] and not o["gate"]]
    for o in out:
        o["rank"] = 1 + sum(r["keys"] > o["keys"] for r in ranked) if o in ranked else 0
    return out


def _one(
    sheets: list[list[Fraction | None]], totals: list[Fraction], criteria: list[Criterion], rule: Rule
) -> dict[str, Any]:
    counted = totals
    if rule.method == "trimmed" and len(totals) >= rule.trim_from:
        counted = totals[rule.drop : len(totals) - rule.drop]
    if rule.method == "median" and totals:
        middle = (len(totals) - 1) // 2
        counted = totals[middle : len(totals) - middle]
    score = sum(counted) / len(counted) if counted else None
    means = {c.id: sum(s[k] for s in sheets) / len(sheets) if sheets else None for k, c in enumerate(criteria)}
    gate = False
    for c in criteria:
        mean = means[c.id]
        if mean is not None and c.gate:
            gate |= 100 * (mean - Fraction(c.lo)) / (Fraction(c.hi) - Fraction(c.lo)) < (c.floor or 0)
    keys = [score]
    for name in rule.tie_break:
        keys.append(sum(totals) / len(totals) if name == "untrimmed_mean" and totals else means.get(name))
    quorum = len(totals) >= rule.quorum
    passed = bool(quorum and not gate and score is not None and score >= Fraction(rule.pass_mark or 0))
    return {"score": score, "keys": keys, "gate": gate, "quorum": quorum, "passed": passed, "n": len(totals)}
