"""The part of pilots in publishing, correcting and completing a call, registered with the decisions slice."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from competition.calls.models import Call
from competition.decisions.followers import Consequence, Follower, Unfinished, register
from competition.decisions.queries.version_comparison import Change
from competition.kernel.text.lists import row
from competition.pilots.labels import PILOT_STATES
from competition.pilots.models import Pilot
from competition.pilots.queries import OPEN_STATES, bound, pilots_of
from competition.pilots.service import proposals


def _consequences(call: Call, changes: Sequence[Change]) -> dict[UUID, Consequence]:
    pilots = pilots_of(call.id) if changes else {}
    consequences = ((change.entry_id, _consequence(change, pilots.get(change.entry_id))) for change in changes)
    return {entry_id: consequence for entry_id, consequence in consequences if consequence is not None}


def _consequence(change: Change, pilot: Pilot | None) -> Consequence | None:
    """What a changed decision does to the pilot of its entry; None when it does nothing."""
    if change.kind == "in" and (pilot is None or pilot.state == "cancelled"):
        return Consequence(_("becomes a proposed pilot"))
    if pilot is None:
        return None
    if bound(pilot.state):
        page = url_for("pilots_organizer.show", pilot_code=pilot.code)
        return Consequence(_("Cancel or end this pilot first"), str(PILOT_STATES[pilot.state]), page)
    if pilot.state == "proposed" and change.kind == "out":
        return Consequence(_("its proposed pilot is cancelled"))
    if pilot.state == "proposed" and change.kind == "award":
        return Consequence(_("its proposed pilot gets the new award"))
    return None


def _open_pilots(call: Call) -> list[Pilot]:
    """Pilots that have not ended, by code."""
    pilots = pilots_of(call.id).values()
    return sorted((pilot for pilot in pilots if pilot.state in OPEN_STATES), key=lambda pilot: pilot.code)


def _obstacles(call: Call) -> list[str]:
    codes = [pilot.code for pilot in _open_pilots(call)]
    if not codes:
        return []
    return [_("These pilots have not ended: %(codes)s. Accept, cancel or end them first.", codes=row(codes))]


def _unfinished(call: Call) -> list[Unfinished]:
    return [
        Unfinished(pilot.code, url_for("pilots_organizer.show", pilot_code=pilot.code), str(PILOT_STATES[pilot.state]))
        for pilot in _open_pilots(call)
    ]


register(Follower(
    check=proposals.check, follow=proposals.follow, consequences=_consequences, obstacles=_obstacles,
    unfinished=_unfinished,
))
