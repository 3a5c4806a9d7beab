"""Pages of judging: the judge's own, and the organizer's."""

from __future__ import annotations

from competition.judging.routes import judge, organizer, organizer_assign, organizer_conflicts
from competition.judging.routes.blueprints import judge as judge_blueprint
from competition.judging.routes.blueprints import organizer as organizer_blueprint

BLUEPRINTS = (judge_blueprint, organizer_blueprint)

__all__ = ["BLUEPRINTS", "judge", "organizer", "organizer_assign", "organizer_conflicts"]
