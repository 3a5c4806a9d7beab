"""Warnings of a fit: what its reader must know before trusting it."""

from __future__ import annotations

import numpy as np

from scoring.fit import Links, Model
from scoring.links import linkage, missing_bridges, well_mixed
from scoring.maximum import Optimum
from scoring.reml import Likelihood
from scoring.specification import MOST_JUDGES, matching_p_value
from scoring.surface import surface
from scoring.types import Composite

_BOUND_SHARE = 0.2
_MATCHED = 0.05
_CHANCE = 2.7055434540954146  # 5 % point of the mixture of chi-squares with 0 and 1 degrees of freedom
_FEW_JUDGES = 60
_FEW_ENTRIES = 2000
_SHARES = np.concatenate([[0.0, 0.01], np.linspace(0.03, 0.96, 32), [0.98, 0.99]])
NOT_COMPARABLE = "Not comparable"
FLAT = "The scores hardly distinguish entries"
WEAK = "weakly linked"


def input_warnings(comp: Composite, links: Links) -> list[str]:
    """What is odd about the rows: gaps, replicates, constant judges, pools, ends of the scale."""
    warnings = []
    rows = links.rows
    blank = int(np.count_nonzero(comp.coverage <= 0))
    if blank:
        warnings.append(f"{blank} rows without a score were left out.")
    replicates = len(rows.y) - int(links.judges_of_entry.sum())
    if replicates:
        warnings.append(f"{replicates} repeated judge-entry pairs were taken as replicates.")
    if links.constant.any():
        warnings.append(f"{int(links.constant.sum())} judges gave every entry the same total.")
    if links.n_pools > 1:
        warnings.append(f"{links.n_pools} pools of entries are not linked by any judge.")
    warnings += _outside_warnings(comp, links)
    if np.isfinite(comp.lo) and np.isfinite(comp.hi):
        share = float(((rows.y <= comp.lo) | (rows.y >= comp.hi)).mean())
        if share > _BOUND_SHARE:
            text = f"{share:.0%} of the totals are at an end of the scale: audit with an ordinal model."
            warnings.append(text)
    return warnings


def _outside_warnings(comp: Composite, links: Links) -> list[str]:
    """Entries of pools that were left out, and the bridge that each pool misses."""
    outside = np.flatnonzero(links.every_component > 0)
    if not outside.size or links.n_pools > 1:
        return []
    labels = [str(comp.entry_ids[i]) for i in outside[:10].tolist()]
    more = f" and {len(outside) - 10} more" if len(outside) > 10 else ""
    free = missing_bridges(links.pairs, links.component, links.judge_component, 2)[0].largest_judges
    judges = ", ".join(str(comp.judge_ids[j]) for j in free[:5])
    return [
        f"{NOT_COMPARABLE}: entries {', '.join(labels)}{more}. No judge who scored them scored an entry of the "
        f"largest pool; a score by one of its judges ({judges}, ...) would link them."
    ]


def fit_warnings(model: Model, severity: Likelihood, optimum: Optimum, *, converged: bool) -> list[str]:
    """What is odd about the fit.

    Parameters
    ----------
    model : Model
    severity, optimum
        The fit at level ``severity``, on which entries' variance and matching are tested.
    converged : bool
    """
    warnings = []
    if not (converged and optimum.converged):
        warnings.append("The variance components did not settle at an optimum: use with care.")
    if model.solution.floored:
        warnings.append("The scores are free of noise: standard errors are nominal.")
        return warnings
    if hardly_distinguished(severity, optimum):
        warnings.append(f"{FLAT}: chance alone explains how they differ. An order of them means little.")
    return warnings + _linkage_warnings(model) + _matching_warnings(model, severity, optimum)


def hardly_distinguished(likelihood: Likelihood, optimum: Optimum) -> bool:
    """Whether entries' variance is zero or, in small panels, not shown by a likelihood-ratio test (5 %)."""
    n_entries, n_judges = likelihood.design.pairs.shape
    at = optimum.solution
    if likelihood.fixed_entries:
        return False
    if at.ratios[0] == 0.0:
        return likelihood.design.n_groups == 0 or likelihood.design.penalty[-1] > 1e6
    if not likelihood.exact or n_judges > _FEW_JUDGES or n_entries > _FEW_ENTRIES or likelihood.design.n_groups:
        return False
    without = float(surface(likelihood, np.zeros(1), _SHARES).min())
    return without - likelihood.deviance(at) < _CHANCE


def _linkage_warnings(model: Model) -> list[str]:
    """A link so weak that whole groups are in doubt: above half an entry's error, and twice a mixed panel's."""
    links = model.links
    if links.n_pools > 1 or np.count_nonzero(links.entries_of_judge) < 2:
        return []
    if links.pairs.shape[1] > MOST_JUDGES and well_mixed(links.pairs):
        return []
    link = linkage(links.rows)
    error = link.weakest_contrast_se * np.sqrt(model.solution.residual)
    typical = float(np.sqrt(np.median(model.spread.entry[links.component >= 0])))
    if not (error > 0.5 * typical and link.weakest_contrast_se > 2.0 * link.mixed_contrast_se):
        return []
    return [f"Two groups of judges are only {WEAK}: add bridging scores before comparing across them."]


def _matching_warnings(model: Model, severity: Likelihood, optimum: Optimum) -> list[str]:
    """Judges who seem to have been matched to entries by something that entries' quality depends on."""
    design = severity.design
    columns = design.p - design.n_groups
    few = np.count_nonzero(design.judge_weight > 0) <= MOST_JUDGES
    if severity.fixed_entries or not few or columns != 1 or model.links.n_pools > 1:
        return []
    if matching_p_value(design, optimum.solution) >= _MATCHED:
        return []
    return [
        "Judges' leniency and entries' quality seem to go together (Hausman test): judges may have been matched "
        "to entries by topic. Give the topic as group, or use shrink=False."
    ]
