"""The links to pages of judging."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.calls.places import PANEL
from competition.calls.tabs import Tab, add_tabs
from competition.entries.places import LATE_FILES
from competition.kernel.web.navigation import RAIL, WORK, Link

PANEL.fill("judging_organizer.panel")
LATE_FILES.fill("judging_team.eligibility")
WORK.add(Link("judging_judge.queue", _l("Judging queue"), 20, shown=lambda actor: actor.is_judge))
RAIL.add(Link(
    "judging_judge.queue", _l("Judging queue"), 40, "judge", ("judging_judge",), lambda actor: actor.is_judge,
))
RAIL.add(Link("judging_judge.defences", _l("Defences"), 45, "calendar", shown=lambda actor: actor.is_judge))
RAIL.put_behind("calls_organizer.index", "judging_organizer")
WORK.add(Link("judging_judge.defences", _l("Defences"), 25, shown=lambda actor: actor.is_judge))
add_tabs(
    Tab("judging_organizer.eligibility", _l("Eligibility"), 25, (
        "eligibility_entry", "eligibility_entry_post", "eligibility_pass", "eligibility_ask", "eligibility_reject",
        "eligibility_uphold", "eligibility_close",
    )),
    Tab("judging_organizer.stages", _l("Stages"), 28, ("open_stage", "open_stage_post")),
    Tab("judging_organizer.defence", _l("Defence"), 65, (
        "defence_session_add", "defence_session_remove", "defence_session_move", "defence_draw", "defence_announce",
        "defence_panel", "defence_assign", "defence_attendance",
    )),
    Tab("judging_organizer.panel", _l("Panel"), 30, ("panel_post", "seat", "seat_post", "invite_again", "remove")),
    Tab("judging_organizer.assignments", _l("Assignments"), 40, ("plan", "make_plan", "apply_plan", "set_judges")),
    Tab("judging_organizer.conflicts", _l("Conflicts"), 50, ("conflicts_post", "find_conflicts", "lift_conflict")),
    Tab("judging_organizer.judge_files", _l("Files for judges"), 60, ("decide_file",)),
    Tab("judging_organizer.progress", _l("Progress"), 70, ("sheet", "reopen", "void", "remind", "remind_post")),
    Tab("judging_organizer.closing", _l("Close judging"), 75, ("closing_post", "end_discussion")),
)
