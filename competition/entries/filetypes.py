"""What may be attached, and what the bytes of each kind must look like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileType:
    """One kind of file. ``check`` names the test in :mod:`competition.entries.file_inspection`.

    ``neutral`` is what judges' pages call such a file, since its real name may tell the team's.
    """

    content_type: str
    check: str
    neutral: str
    detail: str = ""


_OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES: dict[str, FileType] = {
    "pdf": FileType("application/pdf", "pdf", "Document"),
    "docx": FileType(f"{_OFFICE}wordprocessingml.document", "office", "Document", "word/"),
    "pptx": FileType(f"{_OFFICE}presentationml.presentation", "office", "Slides", "ppt/"),
    "xlsx": FileType(f"{_OFFICE}spreadsheetml.sheet", "office", "Table", "xl/"),
    "zip": FileType("application/zip", "zip", "Archive"),
    "mp4": FileType("video/mp4", "film", "Video"),
    "mov": FileType("video/quicktime", "film", "Video"),
    "webm": FileType("video/webm", "webm", "Video"),
    "png": FileType("image/png", "png", "Image"),
    "jpg": FileType("image/jpeg", "jpeg", "Image"),
    "jpeg": FileType("image/jpeg", "jpeg", "Image"),
    "csv": FileType("text/csv", "text", "Table"),
    "txt": FileType("text/plain", "text", "Document"),
    "md": FileType("text/markdown", "text", "Document"),
}


def usual_slot(suffix: str) -> str:
    """Where a file most likely belongs; people can say otherwise."""
    kind = TYPES[suffix]
    if kind.neutral == "Video":
        return "video"
    return "proposal" if suffix in {"pdf", "docx", "pptx"} else "supplement"
