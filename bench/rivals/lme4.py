"""lme4's crossed random effects, ``y ~ 1 + (1 | entry) + (1 | judge)``; Debian: r-cran-lme4."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring import Composite

name = "lme4"
FIT = """
suppressMessages(library(lme4))
d <- read.csv(commandArgs(TRUE)[1])
m <- lmer(y ~ 1 + (1 | entry) + (1 | judge), d)
r <- ranef(m)$entry
cat(sprintf("%s %.17g\\n", rownames(r), r[, 1]), sep = "")
"""


def available() -> bool:
    """Whether R and lme4 are installed."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return False
    return subprocess.run([rscript, "-e", "library(lme4)"], capture_output=True, check=False).returncode == 0


def version() -> str:
    """Of lme4, and of R."""
    ask = 'cat(as.character(packageVersion("lme4")), ", R ", as.character(getRversion()), sep = "")'
    return subprocess.run(["Rscript", "-e", ask], capture_output=True, text=True, check=True).stdout


def scores(comp: Composite) -> NDArray[np.float64]:
    """Predicted effect per entry."""
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "data.csv", Path(folder) / "fit.R"
        table = np.column_stack([comp.entry, comp.judge, comp.y])
        np.savetxt(data, table, fmt=["%d", "%d", "%.17g"], delimiter=",", header="entry,judge,y", comments="")
        script.write_text(FIT, encoding="utf-8")
        out = subprocess.run(["Rscript", str(script), str(data)], capture_output=True, text=True, check=True)
    effects = np.full(comp.n_entries, np.nan)
    for line in out.stdout.splitlines():
        place, value = line.split()
        effects[int(place)] = float(value)
    return effects
