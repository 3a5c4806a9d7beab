"""Texts about the cutoff: where the line runs, how close the entries around it are, where one entry stands."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from competition.kernel.text.i18n import number
from competition.results.queries.cutoff import Cutoff

SAME_SCORE = 0.005  # points; scores that differ by less are shown as the same number


def label(cutoff: Cutoff) -> str:
    """What is written on the line itself."""
    if cutoff.decided:
        return ngettext("Selected end here: %(num)s entry, the last one at rank %(rank)s",
                        "Selected end here: %(num)s entries, the last one at rank %(rank)s", cutoff.selected,
                        rank=cutoff.rank)
    return ngettext("The call’s one slot ends here", "The call’s %(num)s slots end here", cutoff.slots)


def between(cutoff: Cutoff) -> str:
    """The scores on both sides."""
    if cutoff.next_score is None:
        return _("last score above: %(above)s", above=number(cutoff.score))
    return _("%(above)s points above, %(below)s below", above=number(cutoff.score), below=number(cutoff.next_score))


def sentences(cutoff: Cutoff) -> list[str]:
    """Where the line runs, and what does not go by rank alone."""
    texts = [_("%(where)s (%(scores)s).", where=label(cutoff), scores=between(cutoff))]
    skipped = cutoff.place - cutoff.selected
    if cutoff.decided and skipped:
        texts.append(ngettext("%(num)s entry above the line is not selected: the budget, a limit or a decision of "
                              "people spoke against it.",
                              "%(num)s entries above the line are not selected: the budget, a limit or a decision of "
                              "people spoke against them.", skipped))
    if cutoff.tied:
        texts.append(_("The last rank is shared: %(count)s entries stand above the line for %(slots)s slots. People "
                       "decide and give the reason.", count=cutoff.passed, slots=cutoff.slots))
    if not cutoff.decided and cutoff.passed < cutoff.slots:
        texts.append(ngettext("%(num)s slot stays empty: no further entry passed.",
                              "%(num)s slots stay empty: no further entry passed.", cutoff.slots - cutoff.passed))
    if cutoff.close_in or cutoff.close_out:
        texts.append(_("Too close to call: %(inside)s just in and %(outside)s just out. Another panel of the same "
                       "quality could have decided them the other way.",
                       inside=cutoff.close_in, outside=cutoff.close_out))
    return texts


def standing(cutoff: Cutoff, place: int, score: float | None, outcome: str = "", *, passed: bool = True) -> str:
    """Where one ranked entry stands beside the line.

    Parameters
    ----------
    place, score
        Its place in the order of ranks and its official score.
    outcome
        What is decided on it in this run, if anything.
    passed
        Whether it passed; otherwise it takes no slot.
    """
    if score is None:
        return ""
    if not cutoff.above(place):
        if cutoff.score - score < SAME_SCORE:
            return _("This entry stands below the line, with the same score as the last one above it.")
        return _("This entry stands below the line, %(points)s points under the last one above it.",
                 points=number(cutoff.score - score))
    if not cutoff.inside(place, outcome, passed=passed):
        return _("This entry stands above the line and is not selected.")
    if cutoff.next_score is None:
        return _("This entry stands above the line.")
    if score - cutoff.next_score < SAME_SCORE:
        return _("This entry stands above the line, with the same score as the first one below it.")
    return _("This entry stands above the line, %(points)s points over the first one below it.",
             points=number(score - cutoff.next_score))
