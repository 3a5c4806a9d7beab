"""The cut line in words: where it runs, how close the entries around it are, where one entry stands."""

from __future__ import annotations

from flask_babel import ngettext

from competition.kernel.text.i18n import number
from competition.kernel.text.phrases import gettext as _
from competition.results.queries.cut import Cut

SAME = 0.005  # points; below it two scores read alike


def label(cut: Cut) -> str:
    """What is written on the line itself."""
    if cut.decided:
        return ngettext("Selected end here: %(num)s entry, the last one at rank %(rank)s",
                        "Selected end here: %(num)s entries, the last one at rank %(rank)s", cut.selected,
                        rank=cut.rank)
    return ngettext("The call’s one slot ends here", "The call’s %(num)s slots end here", cut.slots)


def between(cut: Cut) -> str:
    """The scores on both sides."""
    if cut.next_score is None:
        return _("last score above: %(above)s", above=number(cut.score))
    return _("%(above)s points above, %(below)s below", above=number(cut.score), below=number(cut.next_score))


def sentences(cut: Cut) -> list[str]:
    """Where the line runs, and what does not go by rank alone."""
    said = [_("%(where)s (%(scores)s).", where=label(cut), scores=between(cut))]
    skipped = cut.place - cut.selected
    if cut.decided and skipped:
        said.append(ngettext("%(num)s entry above the line is not selected: the budget, a limit or a decision of "
                             "people spoke against it.",
                             "%(num)s entries above the line are not selected: the budget, a limit or a decision of "
                             "people spoke against them.", skipped))
    if cut.tied:
        said.append(_("The last rank is shared: %(count)s entries stand above the line for %(slots)s slots. People "
                      "decide and give the reason.", count=cut.passed, slots=cut.slots))
    if not cut.decided and cut.passed < cut.slots:
        said.append(ngettext("%(num)s slot stays empty: no further entry passed.",
                             "%(num)s slots stay empty: no further entry passed.", cut.slots - cut.passed))
    if cut.close_in or cut.close_out:
        said.append(_("Too close to call: %(inside)s just in and %(outside)s just out. Another panel of the same "
                      "quality could have decided them the other way.", inside=cut.close_in, outside=cut.close_out))
    return said


def standing(cut: Cut, place: int, score: float | None, outcome: str = "", *, passed: bool = True) -> str:
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
    if not cut.above(place):
        if cut.score - score < SAME:
            return _("This entry stands below the line, with the same score as the last one above it.")
        return _("This entry stands below the line, %(points)s points under the last one above it.",
                 points=number(cut.score - score))
    if not cut.inside(place, outcome, passed=passed):
        return _("This entry stands above the line and is not selected.")
    if cut.next_score is None:
        return _("This entry stands above the line.")
    if score - cut.next_score < SAME:
        return _("This entry stands above the line, with the same score as the first one below it.")
    return _("This entry stands above the line, %(points)s points over the first one below it.",
             points=number(score - cut.next_score))
