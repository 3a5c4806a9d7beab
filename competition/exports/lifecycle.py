"""The states of a requested export."""

from __future__ import annotations

from competition.kernel.data.lifecycle import Lifecycle

EXPORT = Lifecycle("export", {
    "finish": {"queued": "done"},
    "fail": {"queued": "failed"},
    "expire": {"done": "expired", "queued": "expired", "failed": "expired"},
})
