"""What the log records of panels, conflicts of interest and scores, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, Any] = {
    "seat.invited": _l("Judge invited"),
    "seat.invited_again": _l("Judge invited again"),
    "seat.changed": _l("Judge’s details changed"),
    "seat.removed": _l("Judge taken off the panel"),
    "seat.accepted": _l("Judge accepted the seat"),
    "seat.declined": _l("Judge declined the seat"),
    "assignment.set": _l("Judges of an entry set by hand"),
    "assignment.applied": _l("Assignment plan applied"),
    "assignment.pairs": _l("Who got and lost which entries"),
    "judges.reminded": _l("Judges reminded"),
    "conflict.none": _l("Judge declared no conflict of interest"),
    "conflict.declared": _l("Judge declared a conflict of interest"),
    "conflict.challenged": _l("Organizer barred a judge from an entry"),
    "conflict.found": _l("Conflicts of interest found by the platform"),
    "conflict.undone": _l("Conflict of interest lifted"),
    "flag.raised": _l("Judge flagged an entry"),
    "flag.answered": _l("Flag of a judge answered"),
    "task.abstained": _l("Judge abstained from an entry"),
    "sheet.taken_back": _l("Scores taken back by their judge right after submitting"),
    "file.shown": _l("File shown to judges"),
    "file.withheld": _l("File withheld from judges"),
    "eligibility.checked": _l("Checklist of an entry saved"),
    "eligibility.asked": _l("Team asked for what is missing"),
    "eligibility.answered": _l("Team answered at the eligibility check"),
    "eligibility.passed": _l("Entry passed the eligibility check"),
    "eligibility.rejected": _l("Entry rejected at the eligibility check"),
    "eligibility.objected": _l("Team objected to its rejection"),
    "eligibility.upheld": _l("Rejection upheld after an objection"),
    "stage.closed": _l("Stage closed"),
    "stage.extended": _l("Stage extended"),
    "stage.sealed": _l("Seals of the submitted scores, in order"),
    "assignment.taken_back": _l("Entry taken back from a judge who had not submitted"),
    "sheet.submitted": _l("Scores submitted"),
    "sheet.adopted": _l("Scores carried over to a new version of the criteria or entry"),
    "sheet.reopened": _l("Scores reopened"),
    "sheet.voided": _l("Scores voided"),
    "stage.opened": _l("Stage opened"),
}
