"""The kinds of files that an entry may have."""

from __future__ import annotations

# Ending → what judges' pages call such a file, since its real name may tell the team's.
NEUTRAL_NAMES: dict[str, str] = {
    "pdf": "Document", "docx": "Document", "pptx": "Slides", "xlsx": "Table", "zip": "Archive", "mp4": "Video",
    "mov": "Video", "webm": "Video", "png": "Image", "jpg": "Image", "jpeg": "Image", "csv": "Table",
    "txt": "Document", "md": "Document",
}


def usual_slot(ending: str) -> str:
    """Where a file most likely belongs; people can choose another slot."""
    if NEUTRAL_NAMES[ending] == "Video":
        return "video"
    return "proposal" if ending in {"pdf", "docx", "pptx"} else "supplement"
