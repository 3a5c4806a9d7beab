"""Why no selection exists, in the reader's language: which limit is broken, by which entries, and what to do.

A stored reason is a dictionary: ``kind``, the limits ``needed`` and ``available`` (entries, or minor units of
``currency``), and codes as :func:`competition.kernel.text.lists.few` keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from competition.kernel.text.i18n import money, number
from competition.kernel.text.lists import listed

Reason = Mapping[str, Any]


def sentences(reasons: Iterable[Reason]) -> list[str]:
    """Each reason as a sentence; a reason of an unknown kind is shown in English as the solver wrote it."""
    return [_KINDS[reason["kind"]](reason) if reason["kind"] in _KINDS else str(reason["text"]) for reason in reasons]


def _must_budget(reason: Reason) -> str:
    return _("The entries that must be in cost %(needed)s, but only %(available)s of the budget can be spent: "
             "%(entries)s. Name fewer entries that must be in, or raise the budget of the programme.",
             **_amounts(reason), entries=listed(reason["entries"]))


def _must_call_budget(reason: Reason) -> str:
    return _("The entries of call %(call)s that must be in cost %(needed)s, but its own budget is %(available)s: "
             "%(entries)s. Name fewer entries that must be in, or raise the budget of the call.",
             **_amounts(reason), call=reason["call"], entries=listed(reason["entries"]))


def _amounts(reason: Reason) -> dict[str, str]:
    return {name: money(reason[name], reason["currency"]) for name in ("needed", "available")}


def _must_call(reason: Reason) -> str:
    return _("Call %(call)s has %(slots)s, but more of its entries must be in: %(entries)s. Name fewer entries that "
             "must be in, or give the call more slots.", call=reason["call"],
             slots=ngettext("%(num)s slot", "%(num)s slots", reason["available"]), entries=listed(reason["entries"]))


def _must_team(reason: Reason) -> str:
    return ngettext(
        "Team %(team)s may get %(num)s more award in this programme, but more of its entries must be in: %(entries)s. "
        "Name fewer entries that must be in, or allow more awards per team.",
        "Team %(team)s may get %(num)s more awards in this programme, but more of its entries must be in: "
        "%(entries)s. Name fewer entries that must be in, or allow more awards per team.",
        reason["available"], team=reason["team"], entries=listed(reason["entries"]),
    )


def _not_passed(reason: Reason) -> str:
    return _("These entries cannot be selected, because they did not pass or were withdrawn: %(entries)s. Take them "
             "off both lists and select again.", entries=listed(reason["entries"]))


def _no_quote(reason: Reason) -> str:
    return _("These entries cannot be selected, because they name no quote: %(entries)s. Take them off both lists "
             "and select again.", entries=listed(reason["entries"]))


def _over_cap(reason: Reason) -> str:
    return _("These entries cannot be selected, because their quote is above the cap per award of the call: "
             "%(entries)s. Take them off both lists and select again, or raise the cap.",
             entries=listed(reason["entries"]))


def _call_budgets(reason: Reason) -> str:
    return _("In %(tries)s attempts no best set was found that keeps the own budget of each of these calls: "
             "%(calls)s. Select them one call at a time, or raise one of these budgets.",
             tries=number(reason["tries"], 0), calls=listed(reason["calls"]))


def _outdated(reason: Reason) -> str:
    return _("In call %(call)s score sheets, judges, conflicts of interest, entries or criteria have changed since run "
             "%(number)s. Aggregate again, then select again.", call=reason["call"], number=reason["run"])


_KINDS: dict[str, Callable[[Reason], str]] = {
    "must_budget": _must_budget,
    "must_call_budget": _must_call_budget,
    "must_call": _must_call,
    "must_team": _must_team,
    "not_passed": _not_passed,
    "no_quote": _no_quote,
    "over_cap": _over_cap,
    "call_budgets": _call_budgets,
    "outdated": _outdated,
}
