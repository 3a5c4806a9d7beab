"""What a submitted score sheet says, as one document with a digest: the commitment that the log holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from competition.kernel.data.canonical import digest, plain
from competition.kernel.data.ids import new_token

TAG = "sheet/1"
_PREFIX = TAG.encode() + b"\0"


def content_of(
    *, assignment_id: UUID, entry_code: str, seat_number: int, rubric_version_id: UUID, revision_id: UUID,
    scores: Sequence[int | None], comments: Sequence[str], overall: str, total: int | None,
) -> dict[str, Any]:
    """The document of one submission.

    Its ``nonce``, 256 random bits, keeps the digest from being guessed: a sheet of five criteria has few enough
    values to try them all.
    """
    content: dict[str, Any] = plain({
        "assignment": assignment_id, "entry": entry_code, "seat": seat_number, "rubric_version": rubric_version_id,
        "revision": revision_id, "scores": list(scores), "comments": list(comments), "overall": overall,
        "total": total, "nonce": new_token(),
    })
    return content


def digest_of(content: dict[str, Any], submitted_at: datetime) -> str:
    """SHA-256 in hex over the document and the instant of its submission."""
    return digest(TAG, {**content, "submitted_at": submitted_at})


def quick_digest(content: dict[str, Any], submitted_at: str) -> str:
    """:func:`digest_of` of a document that is in canonical form already, in a fifth of the time.

    Pydantic's writer leaves text as it is and puts no spaces, as the canonical form does; the keys are sorted here,
    which is enough because the document holds no other objects.

    Parameters
    ----------
    submitted_at
        As :func:`competition.kernel.data.canonical.plain` writes it.
    """
    document = dict(sorted([*content.items(), ("submitted_at", submitted_at)]))
    return hashlib.sha256(_PREFIX + to_json(document)).hexdigest()
