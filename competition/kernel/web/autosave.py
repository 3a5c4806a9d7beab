"""Forms that a page's script saves as they are typed: what tells such a request, and its answers, in one shape.

``{version, saved_at, errors, missing, conflict_url, error}``; the browser's side is ``static/src/lib/save_request.js``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from competition.kernel.errors import DomainError, StaleVersion

HEADER = "X-Autosave"


def by_script() -> bool:
    """Whether the script of the page sent this form, not the person."""
    return HEADER in request.headers


def saved(
    *, version: int, at: datetime, errors: Mapping[str, str] | None = None, missing: str = "",
) -> ResponseReturnValue:
    """The text is stored.

    Parameters
    ----------
    version
        What the form has to send with its next text.
    errors
        Field → what submitting the form would refuse.
    missing
        How many required answers are left, in words; empty when none is, or where nothing counts them.
    """
    return _answer(200, version=version, saved_at=at.isoformat(), errors=errors or {}, missing=missing)


def conflict(error: StaleVersion, *, url: str) -> ResponseReturnValue:
    """Somebody saved in between; the form sent to ``url`` as a page is answered with both texts."""
    return _answer(error.status, version=error.version, conflict_url=url, error=str(error.message))


def refused(error: DomainError, errors: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """Nothing is stored. ``errors`` are by field; without them the error's own field has its sentence."""
    by_field = {error.field: str(error.message)} if error.field else {}
    return _answer(error.status, errors=errors or by_field, error=str(error.message))


def _answer(status: int, **values: Any) -> ResponseReturnValue:
    empty: dict[str, Any] = {
        "version": None, "saved_at": None, "errors": {}, "missing": "", "conflict_url": "", "error": "",
    }
    return jsonify({**empty, **values}), status
