"""The states of a run and of a decision."""

from __future__ import annotations

from competition.kernel.lifecycle import Lifecycle

RUN = Lifecycle("run", {
    "finish": {"queued": "done"},
    "fail": {"queued": "failed"},
})

DECISION = Lifecycle("decision", {
    "apply": {"pending": "applied"},
    "reopen": {"applied": "pending"},
    "publish": {"applied": "published"},
})
