"""Pages of judging: the judge's own, the organizer's, and the team's."""

from __future__ import annotations

from competition.judging.routes import (
    judge,
    judge_deliberation,
    judge_lists,
    judge_options,
    judge_receipts,
    judge_workbook,
    organizer,
    organizer_assign,
    organizer_closing,
    organizer_conflicts,
    organizer_defence,
    organizer_eligibility,
    organizer_flags,
    organizer_stages,
    own_defence,
    team_eligibility,
    team_stages,
)
from competition.judging.routes.blueprints import judge as judge_blueprint
from competition.judging.routes.blueprints import organizer as organizer_blueprint
from competition.judging.routes.blueprints import team as team_blueprint

BLUEPRINTS = (judge_blueprint, organizer_blueprint, team_blueprint)

__all__ = [
    "BLUEPRINTS", "judge", "judge_deliberation", "judge_lists", "judge_options", "judge_receipts", "judge_workbook",
    "organizer", "organizer_assign", "organizer_closing", "organizer_conflicts", "organizer_defence",
    "organizer_eligibility", "organizer_flags", "organizer_stages", "own_defence", "team_eligibility", "team_stages",
]
