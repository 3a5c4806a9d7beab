"""The states of an entry and of its files."""

from __future__ import annotations

from competition.kernel.data.lifecycle import Lifecycle

ENTRY = Lifecycle("entry", {
    "submit": {"draft": "submitted"},
    "resubmit": {"submitted": "submitted", "withdrawn": "submitted"},
    "withdraw": {"submitted": "withdrawn"},
})

ATTACHMENT = Lifecycle("attachment", {
    "complete": {"pending": "uploaded"},
    "accept": {"uploaded": "ready"},
    "reject": {"uploaded": "rejected"},
    "delete": {"pending": "deleted", "uploaded": "deleted", "ready": "deleted", "rejected": "deleted"},
})
COUNTED = ("pending", "uploaded", "ready")  # states of files that count towards the limits of an entry
LISTED = (*COUNTED, "rejected")
