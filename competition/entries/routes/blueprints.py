"""The two blueprints of this slice; the modules beside this one add their views."""

from __future__ import annotations

from flask import Blueprint

team = Blueprint("entries_team", __name__)
organizer = Blueprint("entries_organizer", __name__)
