"""Judges' copies of files: the content, without what a file tells of its makers beside it.

Every writer here builds a new file from what it knows to be content (an allow list), within bounds, and gives the
same bytes for the same file. What it cannot rewrite raises :class:`Withheld`: an organizer decides.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import IO

from competition.redaction import images, mp4, office, pdf, webm
from competition.redaction.errors import Withheld
from competition.redaction.isolation import run_isolated

OFFICE = "application/vnd.openxmlformats-officedocument."
WRITERS: dict[str, Callable[[IO[bytes], IO[bytes]], None]] = {
    "application/pdf": pdf.rewrite,
    "video/mp4": mp4.rewrite,
    "video/quicktime": mp4.rewrite,
    "video/webm": webm.rewrite,
    "image/jpeg": images.rewrite_jpeg,
    "image/png": images.rewrite_png,
    f"{OFFICE}wordprocessingml.document": office.rewrite,
    f"{OFFICE}presentationml.presentation": office.rewrite,
    f"{OFFICE}spreadsheetml.sheet": office.rewrite,
}


def rewrite(content_type: str, source: IO[bytes], target: IO[bytes]) -> None:
    """Write the judges' copy of ``source`` to ``target``.

    Raises
    ------
    Withheld
        When no copy without hidden data can be made.
    """
    writer = WRITERS.get(content_type)
    if writer is None:
        raise Withheld("type")
    writer(source, target)


def rewrite_isolated(content_type: str, source: IO[bytes], target: IO[bytes]) -> None:
    """Call :func:`rewrite` in a child process, which a file may crash or keep busy; both are files on disk."""
    run_isolated(partial(rewrite, content_type), source, target)


__all__ = ["WRITERS", "Withheld", "rewrite", "rewrite_isolated"]
