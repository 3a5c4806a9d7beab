"""The defence as a team and as a judge see it, with calendar files."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from competition.judging.calendar_file import appointments, calendar_text
from competition.judging.queries import defence as queries
from competition.judging.queries.defence import OwnSlot
from competition.judging.routes.blueprints import judge, team
from competition.kernel import clock
from competition.kernel.web.access import Permission, current_actor, requires


def _calendar(text: str, name: str) -> Response:
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response


@team.get("/<entry_code>/defence")
@requires(Permission.DEFENCE_OWN)
def defence(own: OwnSlot) -> ResponseReturnValue:
    """When and where one's entry is defended, and how the order was drawn."""
    return render_template("judging/own_defence.html", own=own, call=own.call, now=clock.now())


@team.get("/<entry_code>/defence.ics")
@requires(Permission.DEFENCE_OWN)
def defence_calendar(own: OwnSlot) -> ResponseReturnValue:
    text = calendar_text(appointments(own.call, [own.slot], own.sequence), now=clock.now())
    return _calendar(text, f"{own.call.code}-{own.slot.entry_code}")


@judge.get("/judge/defences")
@requires(Permission.JUDGE_QUEUE)
def defences() -> ResponseReturnValue:
    """The announced schedules of the defences in which a judge sits."""
    return render_template("judging/defences.html", days=queries.judge_days(current_actor()), now=clock.now())


@judge.get("/judge/defences.ics")
@requires(Permission.JUDGE_QUEUE)
def defences_calendar() -> ResponseReturnValue:
    events = [
        event for day in queries.judge_days(current_actor())
        for event in appointments(day.call, day.slots, day.sequence)
    ]
    return _calendar(calendar_text(events, now=clock.now()), "defences")
