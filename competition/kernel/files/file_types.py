"""The kinds of files that may be uploaded, and what the bytes of each must look like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileType:
    """One kind of file. ``check`` names the test in :mod:`competition.kernel.files.inspection`.

    ``folder`` is where an Office file has its content.
    """

    content_type: str
    check: str
    folder: str = ""


_OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES: dict[str, FileType] = {
    "pdf": FileType("application/pdf", "pdf"),
    "docx": FileType(f"{_OFFICE}wordprocessingml.document", "office", "word/"),
    "pptx": FileType(f"{_OFFICE}presentationml.presentation", "office", "ppt/"),
    "xlsx": FileType(f"{_OFFICE}spreadsheetml.sheet", "office", "xl/"),
    "zip": FileType("application/zip", "zip"),
    "mp4": FileType("video/mp4", "film"),
    "mov": FileType("video/quicktime", "film"),
    "webm": FileType("video/webm", "webm"),
    "png": FileType("image/png", "png"),
    "jpg": FileType("image/jpeg", "jpeg"),
    "jpeg": FileType("image/jpeg", "jpeg"),
    "csv": FileType("text/csv", "text"),
    "txt": FileType("text/plain", "text"),
    "md": FileType("text/markdown", "text"),
    "json": FileType("application/json", "text"),
}
