"""The blueprints of the organizer's pages; several modules add views to them."""

from __future__ import annotations

from flask import Blueprint

organizer = Blueprint("calls_organizer", __name__, url_prefix="/organizer")
operator = Blueprint("operator", __name__, url_prefix="/operator")
audit = Blueprint("audit", __name__, url_prefix="/organizer")
