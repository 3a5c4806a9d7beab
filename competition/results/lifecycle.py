"""The states of a run and of a decision, and when a published result can be corrected."""

from __future__ import annotations

from competition.kernel.data.lifecycle import Lifecycle

RUN = Lifecycle("run", {
    "finish": {"queued": "done"},
    "fail": {"queued": "failed"},
})

DECISION = Lifecycle("decision", {
    "apply": {"pending": "applied"},
    "reopen": {"applied": "pending"},
    "publish": {"applied": "published"},
    "correct": {"published": "pending"},
    "restore": {"pending": "published", "applied": "published"},
})

OPEN_STATES = ("pending", "applied")  # of decisions that nobody outside sees
CORRECTABLE = ("notice", "piloting")  # states of a call whose published result can get another version
