"""Groups of entries: topics that differ, judges matched to them, and the warning when nobody said so."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scoring import Composite, InvalidScores, Scores, calibrate, composite_from, explain, posterior, top_k, update
from scoring.specification import matching_p_value
from tests.unit.scoring.reference import panel

Panel = tuple[Composite, Composite, NDArray[np.float64]]


def topics(seed: int, spread: float, n_entries: int = 200) -> Panel:
    """Four topics, five judges each who read one entry in ten of other topics; without and with the topic."""
    rng = np.random.default_rng(seed)
    topic = rng.integers(0, 4, n_entries)
    quality = 10 * (rng.standard_normal(n_entries) + spread * rng.standard_normal(4)[topic])
    entry, judge = [], []
    for i in range(n_entries):
        own = rng.permutation(np.arange(5) + 5 * topic[i])[:3]
        if rng.random() < 0.1:
            own[0] = rng.choice(np.setdiff1d(np.arange(20), own))
        entry += [i] * 3
        judge += own.tolist()
    leniency = 7 * rng.standard_normal(20)
    y = 50 + quality[entry] + leniency[judge] + 10 * rng.standard_normal(len(entry))
    return composite_from(entry, judge, y), composite_from(entry, judge, y, group=topic), quality


def dense_total(comp: Composite, parts: tuple[float, float, float, float]) -> tuple[NDArray[np.float64], float]:
    """Entries' total effects, centred, and the restricted deviance, by inverting V."""
    assert comp.group is not None
    s_entry, s_judge, s_group, s = parts
    z_entry, z_judge = np.eye(comp.n_entries)[comp.entry], np.eye(comp.n_judges)[comp.judge]
    z_group = np.eye(4)[comp.group]
    total = s_entry * np.eye(comp.n_entries) + s_group * z_group @ z_group.T
    v = z_entry @ total @ z_entry.T + s_judge * z_judge @ z_judge.T + s * np.eye(len(comp.y))
    inverse, x = np.linalg.inv(v), np.ones((len(comp.y), 1))
    information = x.T @ inverse @ x
    left = comp.y - x[:, 0] * float((x.T @ inverse @ comp.y)[0] / information[0, 0])
    effect = total @ z_entry.T @ inverse @ left
    deviance = (len(comp.y) - 1) * np.log(2 * np.pi) + np.linalg.slogdet(v)[1]
    deviance += np.log(information[0, 0]) + left @ inverse @ left
    return effect - effect.mean(), float(deviance)


def test_the_three_component_fit_equals_brute_force_and_is_a_maximum() -> None:
    _, comp, _ = topics(1, 0.7, 60)
    fit = calibrate(comp, level="severity")
    parts = (fit.var_entry, fit.var_judge, fit.var_group, fit.var_residual)
    effect, deviance = dense_total(comp, parts)
    assert fit.var_group > 0
    assert fit.entries.effect == pytest.approx(effect, abs=1e-6)
    assert fit.deviance == pytest.approx(deviance, rel=1e-9)
    for c, factor in ((0, 1.03), (1, 0.97), (2, 1.1), (2, 0.9), (3, 1.03)):
        moved = tuple(part * (factor if place == c else 1.0) for place, part in enumerate(parts))
        assert dense_total(comp, moved)[1] > fit.deviance  # type: ignore[arg-type]


def test_topics_that_differ_are_told_from_their_judges() -> None:
    """Judges matched to topics 7 points apart: without the topic its quality goes to the judges."""
    hits, inside, warned = [], [], []
    for seed in range(14):
        plain, grouped, quality = topics(seed, 0.7)
        best = set(np.argsort(-quality)[:20].tolist())
        row = []
        for comp in (plain, grouped):
            fit = calibrate(comp, level="severity")
            row.append(len(best & set(np.argsort(-fit.entries.score)[:20].tolist())) / 20)
            off = (fit.entries.effect - fit.entries.effect.mean()) - (quality - quality.mean())
            inside.append((np.abs(off) < 1.96 * fit.entries.se).mean())
            warned.append(any("matched" in warning for warning in fit.warnings))
        hits.append(row)
    without, with_group = np.mean(hits, axis=0)
    assert with_group > without
    assert np.mean(inside[1::2]) > 0.93 > np.mean(inside[::2])
    assert np.mean(warned[::2]) >= 0.5
    assert np.mean(warned[1::2]) <= 0.2


def matching_p_values(spread: float, count: int) -> NDArray[np.float64]:
    fits = [calibrate(topics(seed, spread)[0], level="severity") for seed in range(100, 100 + count)]
    return np.array([matching_p_value(fit.model.design, fit.model.solution) for fit in fits])


def test_the_matching_test_keeps_its_level_and_finds_topics() -> None:
    """Of panels without any difference between topics 20 % have a p-value below .2; topics 7 points apart show."""
    alike, apart = matching_p_values(0.0, 80), matching_p_values(0.7, 40)
    assert (alike < 0.2).mean() == pytest.approx(0.2, abs=0.12)
    assert (alike < 0.5).mean() == pytest.approx(0.5, abs=0.15)
    assert (alike < 0.05).mean() <= 0.15
    assert (apart < 0.05).mean() >= 0.6


def test_a_mixed_panel_is_not_suspected() -> None:
    fits = [calibrate(panel(seed, 100, 12, 3)[0], level="severity") for seed in range(20)]
    warned = [any("matched" in w for w in fit.warnings) for fit in fits]
    assert sum(warned) <= 2


def test_groups_without_spread_change_nothing_and_everything_works_with_groups() -> None:
    comp, _ = panel(4, 60, 8, 3)
    topic = np.random.default_rng(0).integers(0, 3, 60)
    grouped = composite_from(comp.entry, comp.judge, comp.y, group=[f"topic {t}" for t in topic])
    fit, plain = calibrate(grouped, level="severity"), calibrate(comp, level="severity")
    if fit.var_group == 0.0:
        assert fit.entries.effect == pytest.approx(plain.entries.effect, abs=1e-3)
    _, comp, _ = topics(2, 0.7, 60)
    for level in ("severity", "reliability", "scale"):
        fit = calibrate(comp, level=level)
        parts = explain(fit, 7)
        assert parts.base + parts.trust * (parts.mean_adjusted - parts.base) == pytest.approx(parts.score)
        assert top_k(fit, 6, draws=200).p.sum() == pytest.approx(6.0)
        assert posterior(fit, draws=200).se.min() > 0
        late = composite_from(comp.entry[:1], comp.judge[:1], comp.y[:1])
        assert update(fit, late).entries.score == pytest.approx(fit.entries.score, abs=1e-8)
    assert calibrate(comp, shrink=False, level="severity").var_group == 0.0


def test_groups_come_per_entry_or_per_row() -> None:
    entry, judge, y = [0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [1.0, 2, 3, 4, 5, 7]
    by_entry = composite_from(entry, judge, y, group=["a", "b", "a"])
    by_row = Scores(entry, judge, y, group=["a", "a", "b", "b", "a", "a"])
    assert by_entry.group is not None
    assert by_row.group is not None
    assert by_entry.group.tolist() == by_row.group.tolist() == ["a", "b", "a"]
    with pytest.raises(InvalidScores, match="differs") as caught:
        composite_from(entry, judge, y, group=["a", "a", "b", "c", "a", "a"])
    assert caught.value.rows == (3,)
    with pytest.raises(InvalidScores, match="group must have 3 items"):
        composite_from(entry, judge, y, group=["a"])
