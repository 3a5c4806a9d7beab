"""Speed of the scoring pipeline, each figure beside its base, in one sitting, in alternating rounds.

``python -m bench.scoring [names]`` prints what it measures and, as its last line, one JSON object.  Names
are keys of :data:`MEASURES` (all without names).  The direct figures are medians of five rounds; lme4 and
statsmodels take minutes and run once, between rounds of ours.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring import (
    Composite,
    Criterion,
    Rule,
    Scores,
    calibrate,
    composite,
    composite_from,
    official,
    refit,
    top_k,
    update,
)
from scoring.calibration import examine, likelihood_of
from scoring.fit import Options
from scoring.solver import Exact

ROUNDS = 5
RUBRIC = [Criterion(f"c{k}", 20, 0, 10) for k in range(5)]
LME4 = """
suppressMessages(library(lme4))
d <- read.csv(commandArgs(TRUE)[1])
d$entry <- factor(d$entry); d$judge <- factor(d$judge)
took <- system.time(m <- lmer(y ~ 1 + (1 | entry) + (1 | judge), d))
v <- as.data.frame(VarCorr(m))$vcov
cat(sprintf("%.17g\\n", c(took[["elapsed"]], took[["user.self"]] + took[["sys.self"]], v)))
"""


def panel(
    n_entries: int, n_judges: int, per_entry: int = 5, seed: int = 0
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """One random pool, the worst case: entry, judge and total of every judge-entry pair."""
    rng = np.random.default_rng(seed)
    judges = rng.integers(0, n_judges, (n_entries, per_entry), dtype=np.int32)
    while True:
        ordered = np.sort(judges, axis=1)
        twice = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not twice.size:
            break
        judges[twice] = rng.integers(0, n_judges, (len(twice), per_entry), dtype=np.int32)
    entry = np.repeat(np.arange(n_entries, dtype=np.int32), per_entry)
    judge = judges.ravel()
    quality, leniency = rng.standard_normal(n_entries), 0.7 * rng.standard_normal(n_judges)
    y = 50 + 10 * (quality[entry] + leniency[judge] + rng.standard_normal(len(entry)))
    return entry, judge, y


def sheets(n_entries: int, n_judges: int) -> Scores:
    """Five criteria in tenths, 0..10."""
    entry, judge, y = panel(n_entries, n_judges)
    noise = np.random.default_rng(1).standard_normal((len(y), 5))
    return Scores(entry, judge, np.clip(np.round(y[:, None] / 10 + 0.5 * noise, 1), 0, 10))


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(work: Callable[[], object]) -> float:
    """Processor time of one call: what a busy machine does not add to."""
    start = time.process_time()
    work()
    return time.process_time() - start


def say(text: str) -> None:
    """Progress for whoever watches."""
    print(text, flush=True)


def pipeline() -> dict[str, float]:
    """2.5 million raw scores to composite, fit, standard errors and P(top-k); 100,000 entries, 5,000 judges.

    Beside it, in alternating rounds, a pass that only takes the plain mean.
    """
    scores = sheets(100_000, 5_000)
    entry, judge, values = scores.entry, scores.judge, scores.values
    both, plain = [], []

    def everything() -> None:
        fit = calibrate(composite(Scores(entry, judge, values), RUBRIC), level="severity")
        top_k(fit, 1_000)

    def mean() -> None:
        np.bincount(entry, values.mean(axis=1)) / np.bincount(entry)

    everything()
    for _ in range(ROUNDS):
        both.append(seconds(everything))
        plain.append(seconds(mean))
    return {
        "pipeline_100k_s": statistics.median(both),
        "pipeline_vs_plain_mean": statistics.median(both) / statistics.median(plain),
    }


def levels() -> dict[str, float]:
    """Composite, fit and P(top-k) at every level and at the default, 100,000 entries; alternating, medians of three.

    ``default_vs_severity`` is the default level's time over that of the simplest level in the same rounds.
    """
    table = sheets(100_000, 5_000)
    names = ("auto", "severity", "reliability", "scale")
    times: dict[str, list[float]] = {level: [] for level in names}
    for _ in range(3):
        for level in names:

            def everything(level: str = level) -> None:
                top_k(calibrate(composite(table, RUBRIC), level), 1_000)

            times[level].append(seconds(everything))
    middle = {level: statistics.median(values) for level, values in times.items()}
    say(f"  default: {calibrate(composite(table, RUBRIC)).level_reason}")
    figures = {f"pipeline_{level}_100k_s": middle[level] for level in ("reliability", "scale")}
    return figures | {
        "pipeline_default_100k_s": middle["auto"],
        "default_vs_severity": middle["auto"] / middle["severity"],
    }


def many_pools() -> dict[str, float]:
    """152 pools of 12 entries and 9 judges who read them all: processor time beside one dense system's and lme4's."""
    rng = np.random.default_rng(0)
    entry = np.repeat(np.arange(152 * 12), 9)
    judge = entry // 12 * 9 + np.tile(np.arange(9), 152 * 12)
    y = 50 + 10 * rng.standard_normal(152 * 12)[entry] + 5 * rng.standard_normal(152 * 9)[judge]
    comp = composite_from(entry, judge, y + 4 * rng.standard_normal(len(entry)))
    links = examine(comp)
    likelihood = likelihood_of(links.rows, links, Options(1, "within", True, True, 0))

    def dense() -> None:
        design, at = likelihood.design, likelihood.solve(1.0, 1.0)
        Exact(design.pairs, design.judge_weight, at.kappa, at.shrink, 1.0).trace_entries()

    def blocks() -> None:
        likelihood.solve(1.0, 1.0).system.trace_entries()

    calibrate(comp, level="severity", pools="within")
    ours, one, by_pool = [], [], []
    for _ in range(ROUNDS):
        ours.append(cpu_seconds(lambda: calibrate(comp, level="severity", pools="within")))
        one.append(cpu_seconds(dense))
        by_pool.append(cpu_seconds(blocks))
    ours_s = statistics.median(ours)
    figures = {
        "pools_152_cpu_s": ours_s,
        "pools_dense_step_vs_blocks": statistics.median(one) / statistics.median(by_pool),
    }
    rscript = shutil.which("Rscript")
    if rscript is None or not _has_lme4(rscript):
        say("lme4 is not installed (Debian: r-cran-lme4): not measured")
        return figures
    return figures | {"pools_lme4_vs_ours": _lme4(rscript, comp)[1] / ours_s}


def doubt() -> dict[str, float]:
    """The default fit and its integrated P(top-k) on panels of a district's size, beside the plug-in ones."""
    figures = {}
    for n_entries, n_judges, reviews in ((12, 5, 3), (60, 10, 3), (300, 20, 5)):
        comp = composite_from(*panel(n_entries, n_judges, reviews))
        for method in ("integrated", "joint"):

            def everything(comp: Composite = comp, method: str = method, k: int = n_entries // 10 + 1) -> None:
                top_k(calibrate(comp), k, method)

            everything()
            times = [seconds(everything) for _ in range(ROUNDS)]
            figures[f"{method}_{n_entries}x{n_judges}x{reviews}_s"] = statistics.median(times)
    return figures


def late() -> dict[str, float]:
    """1,000 changed totals of 500,000 against a full refit, alternating."""
    fit = calibrate(composite(sheets(100_000, 5_000), RUBRIC), level="severity")
    rows = np.random.default_rng(2).choice(len(fit.comp.y), 1_000, replace=False)
    changed = composite_from(fit.comp.entry[rows], fit.comp.judge[rows], np.clip(fit.comp.y[rows] + 5, 0, 100))
    updates, refits = [], []
    for _ in range(ROUNDS):
        updates.append(seconds(lambda: update(fit, changed)))
        refits.append(seconds(lambda: refit(fit)))
    share = statistics.median(updates) / statistics.median(refits)
    return {"update_share": share, "update_1k_s": statistics.median(updates)}


def exact_rule() -> dict[str, float]:
    """The official rule on 500,000 sheets of five criteria, with two tie-breaks."""
    scores = sheets(100_000, 5_000)
    rule = Rule("trimmed", tie_break=("c0", "untrimmed_mean"))
    official(scores, RUBRIC, rule)
    times = [seconds(lambda: official(scores, RUBRIC, rule)) for _ in range(ROUNDS)]
    return {"official_500k_s": statistics.median(times)}


def million() -> dict[str, float]:
    """1 million entries, 50,000 judges, 5 million totals: fit, errors, P(top-k), in a process of its own."""
    out = subprocess.run(
        [sys.executable, "-m", "bench.scoring", "--million"], capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(out.stdout.splitlines()[-1])
    return figures


def _million_here() -> dict[str, float]:
    entry, judge, y = panel(1_000_000, 50_000)

    def everything() -> None:
        top_k(calibrate(composite_from(entry, judge, y), level="severity"), 10_000)

    times = [seconds(everything) for _ in range(3)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"million_s": statistics.median(times), "million_rss_gb": peak}


def against_lme4() -> dict[str, float]:
    """lme4's fit (components only, no errors) of the same 500,000 totals, ours before and after it."""
    rscript = shutil.which("Rscript")
    if rscript is None or not _has_lme4(rscript):
        say("lme4 is not installed (Debian: r-cran-lme4): not measured")
        return {}
    comp = composite_from(*panel(100_000, 5_000))
    calibrate(comp, level="severity")
    times_before = [seconds(lambda: calibrate(comp, level="severity")) for _ in range(3)]
    lme4_seconds, _, components = _lme4(rscript, comp)
    times_after = [seconds(lambda: calibrate(comp, level="severity")) for _ in range(3)]
    fit = calibrate(comp, level="severity")
    components_here = np.array([fit.var_entry, fit.var_judge, fit.var_residual])
    difference = float(np.abs(components_here / np.array(components) - 1).max())
    say(f"lme4 {lme4_seconds:.1f} s; largest relative difference of a variance component {difference:.1e}")
    ratio = lme4_seconds / statistics.median(times_before + times_after)
    return {"fit_vs_lme4": ratio, "lme4_100k_s": lme4_seconds, "lme4_component_difference": difference}


def _has_lme4(rscript: str) -> bool:
    probe = subprocess.run([rscript, "-e", "library(lme4)"], capture_output=True, check=False)
    return probe.returncode == 0


def _lme4(rscript: str, comp: Composite) -> tuple[float, float, list[float]]:
    """Elapsed and processor seconds of lme4's fit, and the components."""
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "data.csv", Path(folder) / "fit.R"
        table = np.column_stack([comp.entry, comp.judge, comp.y])
        np.savetxt(data, table, fmt=["%d", "%d", "%.17g"], delimiter=",", header="entry,judge,y", comments="")
        script.write_text(LME4, encoding="utf-8")
        out = subprocess.run([rscript, str(script), str(data)], capture_output=True, text=True, check=True)
    numbers = [float(x) for x in out.stdout.split()]
    return numbers[0], numbers[1], numbers[2:]


def against_statsmodels(n_entries: int = 1_000) -> dict[str, float]:
    """statsmodels' crossed MixedLM at 5,000 rows (about a minute, once), ours in rounds around it."""
    if importlib.util.find_spec("statsmodels") is None:
        say("statsmodels is not installed: not measured")
        return {}
    pandas = importlib.import_module("pandas")
    formula = importlib.import_module("statsmodels.formula.api")
    entry, judge, y = panel(n_entries, 50)
    comp = composite_from(entry, judge, y)
    calibrate(comp, level="severity")
    times_before = [seconds(lambda: calibrate(comp, level="severity")) for _ in range(ROUNDS)]
    frame = pandas.DataFrame({"entry": entry, "judge": judge, "y": y, "all": 1})
    parts = {"entry": "0 + C(entry)", "judge": "0 + C(judge)"}
    start = time.perf_counter()
    result = formula.mixedlm("y ~ 1", frame, groups="all", vc_formula=parts).fit(reml=True)
    statsmodels_seconds = time.perf_counter() - start
    times_after = [seconds(lambda: calibrate(comp, level="severity")) for _ in range(ROUNDS)]
    fit = calibrate(comp, level="severity")
    difference = abs(fit.var_residual / float(result.scale) - 1)
    say(f"statsmodels {statsmodels_seconds:.1f} s; relative difference of the residual variance {difference:.1e}")
    ratio = statsmodels_seconds / statistics.median(times_before + times_after)
    return {"fit_vs_statsmodels": ratio, "statsmodels_5k_s": statsmodels_seconds}


def decisions() -> dict[str, float]:
    """Selection and assignment, measured by their own module."""
    figures: dict[str, float] = importlib.import_module("bench.scoring_decide").run()
    return figures


MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    "pipeline": pipeline,
    "levels": levels,
    "pools": many_pools,
    "doubt": doubt,
    "update": late,
    "official": exact_rule,
    "million": million,
    "lme4": against_lme4,
    "statsmodels": against_statsmodels,
    "decide": decisions,
}


def run(names: list[str] | None = None) -> dict[str, float]:
    """Measure by name (all by default) and return every figure."""
    all_figures: dict[str, float] = {}
    for name in names or list(MEASURES):
        say(f"{name}: {(MEASURES[name].__doc__ or '').splitlines()[0]}")
        figures = MEASURES[name]()
        for key, value in figures.items():
            say(f"  {key} = {value:.4g}")
        all_figures |= figures
    return all_figures


if __name__ == "__main__":
    if "--million" in sys.argv:
        print(json.dumps(_million_here()))
    else:
        print(json.dumps(run(sys.argv[1:])))
