"""Words for phases, sections and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

PHASES: dict[str, Any] = {
    "draft": _l("Draft"),
    "upcoming": _l("Opens soon"),
    "open": _l("Open for entries"),
    "closed": _l("Entries closed"),
    "judging": _l("Being judged"),
    "notice": _l("Public notice"),
    "piloting": _l("Pilots running"),
    "archived": _l("Completed"),
    "cancelled": _l("Cancelled"),
}
LANGUAGE_NAMES = {"en": _l("English"), "zh": _l("Chinese"), "ko": _l("Korean")}


def phase_label(phase: str) -> str:
    return str(PHASES[phase])


def counted(counts: Mapping[str, int], keys: Iterable[str] = tuple(PHASES)) -> list[tuple[str, str, int]]:
    """``(phase, words, number of calls)`` of the phases that occur, in the order of a call's life.

    Every page that counts calls counts them by this: the same words mean the same calls for everybody.
    """
    words = {"piloting": _("Calls in pilot")}  # several pilots may run in one call, so this is no number of pilots
    return [(key, words.get(key) or phase_label(key), counts[key]) for key in keys if counts.get(key)]


def now_and_next(phase: str) -> tuple[str, str]:
    """What is happening to a call in this phase, and what comes next, in one sentence each."""
    table = {
        "draft": (_("This call is a draft."), _("Only organizers see it. Publish it when nothing is missing.")),
        "upcoming": (_("This call is published, but entries are not open yet."),
                     _("Read it now, bring your team together, and come back when it opens.")),
        "open": (_("Entries are open."), _("Submit before the deadline. You can change your entry until then.")),
        "closed": (_("The deadline has passed. No more entries are taken."),
                   _("Entries are checked for eligibility; then the panel begins to judge.")),
        "judging": (_("The panel is judging the entries."),
                    _("When it has finished, the proposed selection is put on public notice.")),
        "notice": (_("The proposed selection is on public notice."),
                   _("Objections can be raised until the notice ends; then pilots are agreed.")),
        "piloting": (_("The selected teams are running their pilots on site."),
                     _("Each pilot is measured against the targets of this call, then accepted or not.")),
        "archived": (_("This call is completed."), _("Its results and its pilots stay public.")),
        "cancelled": (_("This call was cancelled."), _("No entries are taken and none will be judged.")),
    }
    return table[phase]


SECTIONS: dict[str, Any] = {
    "texts": _l("Texts"),
    "facts": _l("Facts and money"),
    "dates": _l("Dates"),
    "rules": _l("Rules"),
    "kpis": _l("Targets"),
    "criteria": _l("Criteria"),
    "questions": _l("Questions"),
}

REFUSALS: dict[str, Any] = {  # why a document that arrived is not offered
    "digest": _l("refused: its bytes changed on the way; send it again"),
    "size": _l("refused: the file is not as long as it said; send it again"),
    "malware": _l("refused: our malware scanner found something in it; send a clean file"),
    "unread": _l("refused: it is too large, or packed too deeply, for our malware scanner; make it smaller"),
    "late": _l("refused: it arrived after the documents of this call were fixed"),
}
