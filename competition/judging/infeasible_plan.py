"""Why no assignment exists, in the reader's language: what is missing and what to do.

A stored reason is a dictionary: ``kind``, the numbers ``needed`` and ``available``, and names as
:func:`competition.kernel.text.lists.few` keeps them: codes of entries, numbers of judges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from competition.kernel.text.lists import clauses, listed

Reason = Mapping[str, Any]


def sentences(report: Mapping[str, Any]) -> list[str]:
    """Every reason of a plan that failed; of one that has none the solver's own English line."""
    lines = [_sentence(reason) for reason in report.get("reasons", ())]
    return lines or [report["failure"]]


def _sentence(reason: Reason) -> str:
    word = _KINDS.get(reason["kind"])
    return str(reason["text"]) if word is None else word(reason)


def _judges_of_entry(reason: Reason) -> str:
    return ngettext(
        "Entry %(entries)s has too few judges to choose from: it needs %(needed)s more, and the panel has "
        "%(available)s left for it. Invite judges who have no conflict of interest with it, or ask for fewer judges "
        "per entry.",
        "%(num)s entries have too few judges to choose from: each needs %(needed)s more, and the panel has "
        "%(available)s left for it. Invite judges who have no conflict of interest with them, or ask for fewer judges "
        "per entry. The entries: %(entries)s.",
        reason["entries"]["count"], entries=listed(reason["entries"]), needed=reason["needed"],
        available=reason["available"],
    )


def _room(reason: Reason) -> str:
    judges = ngettext("judge %(numbers)s", "judges %(numbers)s", reason["judges"]["count"],
                      numbers=listed(reason["judges"]))
    return ngettext(
        "The judges who may read entry %(entries)s have too little capacity left: %(needed)s needed, %(available)s "
        "free. Raise the capacity of %(judges)s, invite more judges, or ask for fewer judges per entry.",
        "The judges who may read these %(num)s entries have too little capacity left: %(needed)s needed, "
        "%(available)s free. Raise the capacity of %(judges)s, invite more judges, or ask for fewer judges per entry. "
        "The entries: %(entries)s.",
        reason["entries"]["count"], entries=listed(reason["entries"]), judges=judges, needed=reason["needed"],
        available=reason["available"],
    )


def _kept_in_conflict(reason: Reason) -> str:
    return _("Assignments that are to be kept are barred by a conflict of interest: judge %(judge)s with %(entries)s. "
             "Take them back, or lift the conflict, and plan again.", judge=reason["judge"],
             entries=listed(reason["entries"]))


def _unlinked(reason: Reason) -> str:
    groups = [ngettext("judge %(numbers)s", "judges %(numbers)s", group["count"], numbers=listed(group))
              for group in reason["groups"]]
    return _("Nobody can link these groups of judges, so their scores could not be compared: %(groups)s. Invite a "
             "judge who may read entries of each group, or set the share of assignments that link groups to 0.",
             groups=clauses(groups))


_KINDS: dict[str, Callable[[Reason], str]] = {
    "judges_of_entry": _judges_of_entry,
    "room": _room,
    "kept_in_conflict": _kept_in_conflict,
    "unlinked": _unlinked,
}
