"""Pages, by audience."""

from __future__ import annotations

from competition.entries import team_invitations
from competition.entries.routes import entry, files, organizer, submission, teams
from competition.entries.routes.blueprints import organizer as organizer_blueprint
from competition.entries.routes.blueprints import team as team_blueprint

team_invitations.register()
BLUEPRINTS = (team_blueprint, organizer_blueprint)

__all__ = ["BLUEPRINTS", "entry", "files", "organizer", "submission", "teams"]
