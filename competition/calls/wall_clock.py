"""Wall-clock times in a zone to instants and back. Times that the clocks skip or repeat raise errors."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from competition.kernel.errors import RuleBroken
from competition.kernel.text.i18n import offset_text


class SkippedTime(RuleBroken):
    """The clocks skip this time on that day: it is no instant."""


class RepeatedTime(RuleBroken):
    """The clocks show this time twice on that day: ``fold`` has to choose one."""


def to_instant(local: datetime, zone: str, fold: int | None = None, *, field: str | None = None) -> datetime:
    """The instant (UTC) at which clocks in ``zone`` show ``local``.

    Parameters
    ----------
    local
        Naive wall-clock time.
    fold
        0 or 1: the first or the second occurrence of a time that the clocks show twice (PEP 495).

    Raises
    ------
    SkippedTime
        When no clock in that zone ever shows this time.
    RepeatedTime
        When clocks show it twice and ``fold`` is None.
    """
    place = ZoneInfo(zone)
    first = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=place, fold=1).astimezone(UTC)
    if first.astimezone(place).replace(tzinfo=None) != local:
        raise SkippedTime(
            _("This time does not exist there: the clocks go forward over it. Choose an earlier or a later time."),
            field=field,
        )
    if first != second and fold is None:
        raise RepeatedTime(_("The clocks show this time twice that day. Say below which one you mean."), field=field)
    return second if fold else first


def occurrences(local: datetime, zone: str) -> list[tuple[int, str]]:
    """Both instants of a repeated time as ``(fold, "UTC+2")``; empty for other times."""
    place = ZoneInfo(zone)
    first = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=place, fold=1).astimezone(UTC)
    if first == second or first.astimezone(place).replace(tzinfo=None) != local:
        return []
    return [(0, offset_text(first, zone)), (1, offset_text(second, zone))]


def to_local(at: datetime | None, zone: str) -> datetime | None:
    """What clocks in ``zone`` show at an instant, without a zone, for a form's field."""
    return None if at is None else at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def keep_seconds(stored: datetime | None, typed: datetime) -> datetime:
    """The typed instant, with the stored seconds if its minute did not change: forms show no seconds."""
    if stored is not None and stored.replace(second=0, microsecond=0) == typed:
        return stored
    return typed
