"""The blueprints that the page modules of this slice fill."""

from __future__ import annotations

from flask import Blueprint

judge = Blueprint("judging_judge", __name__)
team = Blueprint("judging_team", __name__, url_prefix="/my/entries")
organizer = Blueprint("judging_organizer", __name__, url_prefix="/organizer/calls/<call_code>")
