"""The states of an aggregation run."""

from __future__ import annotations

from competition.kernel.data.lifecycle import Lifecycle

RUN = Lifecycle("run", {
    "finish": {"queued": "done"},
    "fail": {"queued": "failed"},
})
