"""The receipt of a revision: its facts, and the same facts as a PDF."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from competition.entries import fields
from competition.entries.models import Entry, Revision
from competition.kernel.text.i18n import file_size, lang, moment, text_in

SOURCE = Path(__file__).with_name("receipt.typ")
_lock = Lock()


def receipt_facts(entry: Entry, revision: Revision) -> list[tuple[str, str]]:
    """Labelled lines: what was received, when, and how the deadline was decided."""
    zone = entry.call.programme.zone
    exact = revision.received_at.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    grace = _("%(n)s seconds", n=revision.grace_seconds)
    return [
        (_("Entry"), entry.code),
        (_("Revision"), str(revision.number)),
        (_("Call"), f"{entry.call.code} · {text_in(entry.call.title)}"),
        (_("Team"), revision.answers.get("profile", {}).get("name", "") or entry.team.name),
        (_("Received"), f"{moment(revision.received_at, zone)} · {exact}"),
        (_("Deadline"), moment(revision.deadline_at, zone)),
        (_("Grace"), grace),
        (_("Decision"), _("received in time")),
        (_("Digest of answers and files (SHA-256)"), revision.digest),
        (_("Place in the log of the call"), "" if revision.log_seq is None else str(revision.log_seq)),
        (_("Hash of that log line"), revision.log_hash or ""),
    ]


def receipt_pdf(entry: Entry, revision: Revision) -> bytes:
    """The receipt as a PDF in the reader's language; a few milliseconds once the fonts are loaded."""
    data: dict[str, Any] = {
        "lang": lang(), "title": _("Receipt"), "brand": _("Opencall"),
        "lead": _("This entry was received. Keep this receipt: it proves what arrived, and when."),
        "facts": [[label, value] for label, value in receipt_facts(entry, revision) if value],
        "files_title": _("Files"), "none": _("No files were attached."),
        "files": [
            [item["name"], str(fields.SLOTS.get(item["slot"], item["slot"])), file_size(item["size"]),
             item["sha256"] or ""]
            for item in revision.files
        ],
        "note": _("Whoever holds the files can compute their SHA-256 and compare. The digest covers answers and "
                  "files; the log line lies in a chain in which nothing can be changed without breaking it."),
    }
    with _lock:  # the compiler keeps fonts and caches, and works on one document at a time
        return bytes(_compiler().compile(sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, format="pdf"))


@lru_cache(maxsize=1)
def _compiler() -> Any:
    import typst  # with the first receipt, not with every process

    fonts = Path(current_app.static_folder or "static") / "dist" / "fonts"
    return typst.Compiler(str(SOURCE), font_paths=[str(fonts)] if fonts.is_dir() else [])
