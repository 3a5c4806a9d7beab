"""The restricted likelihood on a grid of variance shares, for panels with few judges.

For one share of the entries the judge system is decomposed once, ``S = U (I + g_j Lambda) U'``, and every
judge ratio then costs O(J): a grid of 24 x 24 points takes 24 decompositions.  The axes are ``u``, the share
of the entries in the variance of entries and noise, and ``t``, the share of the judges in all variance:

    g_e = u / (1 - u),        g_j = t / ((1 - t) (1 - u)).
"""

from __future__ import annotations

import numpy as np

from scoring.reml import NOISE_FLOOR, Likelihood
from scoring.types import FloatArray

_CELLS = 4_000_000


def ratios_of(u: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``g_e`` and ``g_j`` of the shares; arrays broadcast."""
    entry = u / (1.0 - u)
    return entry, t / ((1.0 - t) * (1.0 - u))


def shares_of(g_entry: float, g_judge: float) -> tuple[float, float]:
    """``u`` and ``t`` of the ratios."""
    return g_entry / (1.0 + g_entry), g_judge / (1.0 + g_entry + g_judge)


def surface(likelihood: Likelihood, u: FloatArray, t: FloatArray) -> FloatArray:
    """Restricted deviance at every pair of shares.

    Parameters
    ----------
    likelihood : Likelihood
        With few judges: the cost is that of ``len(u)`` eigenvalue problems of size J.
    u, t : array, shape (m,), (k,)
        Shares in [0, 1); ``u`` is ignored with fixed entries.

    Returns
    -------
    array, shape (m, k)
    """
    table = likelihood.design.pairs.toarray()
    step = max(1, _CELLS // max(table.size, 1))
    parts = [_part(likelihood, table, u[start : start + step], t) for start in range(0, len(u), step)]
    return np.concatenate(parts)


def _part(likelihood: Likelihood, table: FloatArray, u: FloatArray, t: FloatArray) -> FloatArray:
    d = likelihood.design
    g_entry, g_judge = ratios_of(u[:, None], t[None, :])
    shrink, log_entries = _eliminated(likelihood, g_entry[:, 0])
    coupled = table.T[None] @ (table[None] * shrink[:, :, None])
    value, vector = np.linalg.eigh(np.diag(d.judge_weight)[None] - coupled)
    rhs = d.judge_sums[None] - table.T[None] @ (shrink[:, :, None] * d.entry_sums[None])
    seen = np.swapaxes(vector, 1, 2) @ rhs
    size = d.p + 1
    squares = (seen[:, :, :, None] * seen[:, :, None, :]).reshape(len(u), -1, size * size)
    spread = g_judge[:, :, None] * np.maximum(value, 0.0)[:, None, :] + 1.0
    base = d.gram - np.einsum("ia,ui,ib->uab", d.entry_sums, shrink, d.entry_sums, optimize=True)
    cross = base[:, None] - ((g_judge[:, :, None] / spread) @ squares).reshape(*g_judge.shape, size, size)
    precision = cross[..., 1:, 1:] + np.diag(d.penalty)
    top = cross[..., 1:, 0]
    beta = np.linalg.solve(precision, top[..., None])[..., 0] if d.p else top
    residual = np.maximum((cross[..., 0, 0] - (beta * top).sum(axis=-1)) / likelihood.freedom, NOISE_FLOOR)
    fixed = np.linalg.slogdet(precision)[1] - d.log_penalty - d.log_weight
    noise = likelihood.freedom * (np.log(2.0 * np.pi * residual) + 1.0)
    return np.asarray(noise + log_entries[:, None] + fixed + np.log(spread).sum(axis=2))


def _eliminated(likelihood: Likelihood, g_entry: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shrinkage of every entry at every ratio, shape (m, N), and the entries' log-determinant, shape (m,)."""
    weight = likelihood.design.entry_weight
    if likelihood.fixed_entries:
        inverse = np.divide(1.0, weight, out=np.zeros_like(weight), where=weight > 0)
        logs = float(np.log(weight[weight > 0]).sum())
        return np.tile(inverse, (len(g_entry), 1)), np.full(len(g_entry), logs)
    product = g_entry[:, None] * weight
    return g_entry[:, None] / (1.0 + product), np.log1p(product).sum(axis=1)
