"""The states of a selection and of a decision."""

from __future__ import annotations

from competition.kernel.data.lifecycle import Lifecycle

SELECTION = Lifecycle("selection", {
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

OPEN_STATES = ("pending", "applied")  # of decisions that are not public yet
