"""The blueprint of the organizer's pages; the modules ``organizer_…`` add their pages to it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("decisions_organizer", __name__, url_prefix="/organizer")
