"""The blueprint of the organizers' pages, to which several modules add views."""

from __future__ import annotations

from flask import Blueprint

organizer = Blueprint("results_organizer", __name__, url_prefix="/organizer")
