"""What results add to the kernel: the check of runs against the log."""

from __future__ import annotations

from competition.results import evidence as _evidence  # noqa: F401 - registers its check
