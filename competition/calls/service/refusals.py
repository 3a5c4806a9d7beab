"""The database's constraints on programmes, calls and rubrics, as errors beside a form's field."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from competition.kernel.data.constraints import Refusals

REFUSALS: Refusals = {
    "uq_programme_code": ("code", _l("Another programme has this code. Choose a different one.")),
    "ck_programme_budget": ("budget_minor", _l("A budget cannot be negative.")),
    "ck_programme_dates": ("ends_at", _l("The programme must end after it starts.")),
    "ck_programme_team_cap": ("team_cap", _l("Allow at least one award per team, or leave this empty.")),
    "uq_call_code": ("code", _l("Another call has this code. Choose a different one.")),
    "ck_call_slots": ("slots", _l("The number of pilots cannot be negative.")),
    "ck_call_budget": ("budget_minor", _l("A budget cannot be negative.")),
    "ck_call_award_cap": ("award_cap_minor", _l("The limit per pilot cannot be negative.")),
    "ck_call_min_trl": ("min_trl", _l("Maturity is a level from 1 to 9.")),
    "ck_call_dates": ("deadline_at", _l("The deadline must be after entries open.")),
    "ck_call_pilot_days": ("pilot_days", _l("A pilot lasts at least one day.")),
    "ck_call_grace": ("grace_seconds", _l("The time of grace cannot be negative.")),
    "ck_call_quorum": ("quorum", _l("At least one score is needed.")),
    "ck_call_reviews": ("reviews_per_entry", _l("Each entry needs at least one judge.")),
    "ck_call_trim_from": ("trim_from", _l("Dropping two of fewer than three scores leaves nothing: choose 3 or more.")),
    "ck_call_pass_mark": ("pass_mark", _l("The pass mark lies between 0 and 100.")),
    "ck_call_floor": ("floor_percent", _l("The floor lies between 0 and 100 percent.")),
    "ck_call_band": ("band_percent", _l("The level of the band lies between 1 and 99 percent.")),
    "ck_call_notice_days": ("notice_working_days", _l("The notice cannot be shorter than nothing.")),
    "uq_criterion_rubric_version_id_key": ("criteria", _l("Two criteria have the same key. Give each its own.")),
    "ck_criterion_weight": ("criteria", _l("A weight must be more than nothing.")),
    "ck_criterion_range": ("criteria", _l("The highest score must be above the lowest.")),
    "ck_criterion_step": ("criteria", _l("A step must be more than nothing.")),
    "ck_criterion_floor": ("criteria", _l("A floor lies between 0 and 100 percent.")),
    "uq_question_call_id_key": ("questions", _l("Two questions have the same key. Give each its own.")),
}
