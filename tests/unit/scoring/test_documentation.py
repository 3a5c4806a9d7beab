"""Every public function says what it returns, cites, and shows an example that works."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import scoring

MODULES = sorted(module.name for module in pkgutil.iter_modules(scoring.__path__))
FUNCTIONS = [name for name in scoring.__all__ if inspect.isfunction(getattr(scoring, name))]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_work(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(f"scoring.{name}"))
    assert failed == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_functions_are_documented(name: str) -> None:
    text = inspect.getdoc(getattr(scoring, name)) or ""
    for section in ("Parameters", "Returns", "Examples", "References"):
        heading = "Yields" if section == "Returns" and name == "entry_draws" else section
        assert f"{heading}\n{'-' * len(heading)}" in text, f"{name} has no section {heading}"
    assert "doi:" in text or "doi.org" in text or "NIPS" in text or "Statistica" in text, f"{name} cites nothing"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_do_not_shadow_modules(name: str) -> None:
    assert name not in MODULES
    assert not inspect.ismodule(getattr(scoring, name))


def test_results_print_in_a_line() -> None:
    comp = scoring.composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    fit = scoring.calibrate(comp)
    results = [comp, fit, fit.entries, fit.judges, scoring.top_k(fit, 1), scoring.posterior(fit),
               scoring.explain(fit, 0), scoring.judge_report(fit), scoring.linkage(comp), scoring.aggregate(comp),
               scoring.agreement(comp), scoring.next_best(fit, 1), scoring.influence(fit, 1), scoring.fragility(fit, 1)]
    for result in results:
        assert len(repr(result)) < 120
        assert repr(result).startswith("<")
    text = fit.summary()
    assert "Variance components" in text
    assert len(text.splitlines()) < 30
    assert scoring.__version__
