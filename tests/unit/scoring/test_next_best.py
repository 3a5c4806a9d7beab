"""The next best score: formula against simulation, order, and edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from scoring import Fit, ScoringError, calibrate, next_best, posterior, top_k
from scoring.topk import cut_line
from tests.unit.scoring.reference import panel


@pytest.fixture(scope="module")
def fit() -> Fit:
    comp, _ = panel(11, severity=0.7)
    return calibrate(comp, level=2)


def open_pairs(fit: Fit) -> np.ndarray:
    table = np.ones((fit.comp.n_entries, fit.comp.n_judges), dtype=bool)
    table[fit.comp.entry, fit.comp.judge] = False
    return table


def test_gain_is_the_expected_fall_of_doubt(fit: Fit) -> None:
    ranked = next_best(fit, 30, open_pairs(fit))
    entry, judge, gain = next(iter(ranked))
    post = posterior(fit)
    cut = sum(cut_line(post.score, post.se, 30, fit.model.design.unit))
    noise = fit.var_residual * fit.judges.noise_ratio[judge] + fit.judges.se[judge] ** 2
    m, s = post.score[entry], post.se[entry]
    rng = np.random.default_rng(0)
    seen = rng.normal(m, np.sqrt(s**2 + noise), 400_000)
    narrower = 1.0 / (1.0 / s**2 + 1.0 / noise)
    later = ndtr((narrower * (m / s**2 + seen / noise) - cut) / np.sqrt(narrower))
    now = ndtr((m - cut) / s)
    assert gain == pytest.approx(now * (1 - now) - (later * (1 - later)).mean(), abs=3e-4)


def test_order_falls_and_starts_at_the_line(fit: Fit) -> None:
    ranked = next_best(fit, 30, open_pairs(fit))
    assert len(ranked) == 300 * 20 - 1500
    assert (np.diff(ranked.gain) <= 1e-12).all()
    doubt = top_k(fit, 30, method="plugin").p
    assert (np.abs(doubt[ranked.entry[:10]] - 0.5) < 0.2).all()
    assert ranked.gain.max() <= 0.25
    assert ranked.gain.min() >= 0.0
    assert ranked.pairs.shape == (len(ranked), 2)


def test_reliable_judges_settle_more(fit: Fit) -> None:
    ranked = next_best(fit, 30, open_pairs(fit))
    entry = ranked.entry[0]
    noise = fit.var_residual * fit.judges.noise_ratio + fit.judges.se**2
    of_entry = ranked.judge[ranked.entry == entry]
    assert (np.diff(noise[of_entry]) >= -1e-6).all()


def test_pairs_and_tables_mean_the_same(fit: Fit) -> None:
    table = open_pairs(fit)
    assert next_best(fit, 30, np.argwhere(table)).pairs.tolist() == next_best(fit, 30, table).pairs.tolist()


def test_nothing_is_unsettled_when_all_or_none_get_in(fit: Fit) -> None:
    for k in (0, 300):
        assert next_best(fit, k, [(0, 0), (1, 1)]).gain.tolist() == [0.0, 0.0]


def test_no_candidates_no_ranking(fit: Fit) -> None:
    assert next_best(fit, 30, []).pairs.tolist() == []


@pytest.mark.parametrize(
    ("k", "candidates", "message"),
    [
        (-1, [(0, 0)], "k must be a whole number of at least 0, not -1."),
        (3, [(300, 0)], "candidates must point inside 300 entries and 20 judges."),
        (3, [0, 1], "candidates must be pairs of entry and judge, or a boolean table."),
    ],
)
def test_wrong_input_is_refused(fit: Fit, k: int, candidates: list[object], message: str) -> None:
    with pytest.raises(ScoringError) as caught:
        next_best(fit, k, candidates)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_a_batch_spreads_over_entries_and_judges(fit: Fit) -> None:
    batch = next_best(fit, 30, n=20, most_per_judge=2)
    assert len(batch) == 20
    assert len(np.unique(batch.entry)) >= 12
    assert np.bincount(batch.judge).max() <= 2
    assert len({tuple(pair) for pair in batch.pairs.tolist()}) == 20
    scored = set(zip(fit.comp.entry.tolist(), fit.comp.judge.tolist(), strict=True))
    assert not scored & {tuple(pair) for pair in batch.pairs.tolist()}
    assert batch.gain[0] == pytest.approx(next_best(fit, 30, open_pairs(fit)).gain[0])


def test_a_batch_counts_the_scores_before_it(fit: Fit) -> None:
    """Two scores of one entry are worth what one score of their joint precision is."""
    entry = int(next_best(fit, 30).entry[0])
    judges = [int(j) for j in np.flatnonzero(open_pairs(fit)[entry])[:2]]
    batch = next_best(fit, 30, [(entry, j) for j in judges], n=2)
    assert sorted(batch.judge.tolist()) == judges
    assert 0 < batch.gain[1] < batch.gain[0]
    assert next_best(fit, 30, [(entry, judges[0])], n=5).entry.tolist() == [entry]
