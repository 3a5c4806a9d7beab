"""A judge's pages of many entries: the whole queue as a table to score in, and the own scores ranked."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from competition.judging.queries import own_scores, tasks
from competition.judging.queries.entry_facts import facts_of
from competition.judging.routes import present
from competition.judging.routes.blueprints import judge as bp
from competition.kernel import clock
from competition.kernel.errors import Missing
from competition.kernel.text.languages import html_tag
from competition.kernel.web.access import Permission, current_actor, requires


def requested_seat(code: str | None) -> tasks.SeatView:
    """The seat of the call in the address, else the first with open work; nothing for who has none."""
    seats = tasks.seats_of(current_actor().id)[0]
    seat = next((seat for seat in seats if seat.call_code == code), None) if code else next(iter(seats), None)
    if seat is None:
        raise Missing("")
    return seat


@bp.get("/judge/scores")
@requires(Permission.JUDGE_QUEUE)
def own() -> ResponseReturnValue:
    """What the judge has submitted so far, ranked; nothing of anybody else."""
    seat = requested_seat(request.args.get("call"))
    sheets = own_scores.ranking(seat.id)
    facts = facts_of([sheet.revision_id for sheet in sheets]) if not seat.closed else {}
    groups = []
    for rubric_id in dict.fromkeys(sheet.rubric_id for sheet in sheets):
        rubric = tasks.rubric_view(rubric_id)
        alike = [sheet for sheet in sheets if sheet.rubric_id == rubric_id]
        groups.append((rubric, own_scores.spreads(alike, rubric.criteria)))
    return render_template("judging/own_scores.html", seat=seat, sheets=sheets, facts=facts, groups=groups,
                           html_tag=html_tag)


@bp.get("/judge/table")
@requires(Permission.JUDGE_QUEUE)
def table() -> ResponseReturnValue:
    """Entries to score as rows of a table; each row is saved by itself as a draft, with the checks of the sheet."""
    seat, now = requested_seat(request.args.get("call")), clock.now()
    rows = [task for task in tasks.open_tasks(current_actor(), seat.id) if task.scoring_open(now)]
    rubric_id = rows[0].current_rubric_id if rows else None
    alike = [task for task in rows if task.sheet_rubric_id == rubric_id and not task.entry_changed]
    facts = facts_of([task.entry_revision_id for task in alike if task.entry_revision_id])
    return render_template(
        "judging/table.html", seat=seat, others=len(rows) - len(alike), html_tag=html_tag,
        criteria=tasks.rubric_view(rubric_id).criteria if rubric_id else (), rubric_id=rubric_id,
        rows=[
            (task, facts[task.entry_revision_id] if task.entry_revision_id else None,
             present.row_fields(task, task.current_rubric_id))
            for task in alike
        ],
    )
