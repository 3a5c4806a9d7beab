"""A judge's queue as a workbook: downloaded, filled in without a connection, checked row by row, taken as drafts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls.queries import RubricView
from competition.judging import score_workbook
from competition.judging.forms import marks
from competition.judging.queries import tasks as task_queries
from competition.judging.queries.entry_facts import facts_of
from competition.judging.queries.tasks import Task, rubric_view
from competition.judging.routes.blueprints import judge as bp
from competition.judging.routes.judge_lists import requested_seat
from competition.judging.service import sheets
from competition.kernel import clock
from competition.kernel.errors import DomainError
from competition.kernel.text.numbers import whole
from competition.kernel.text.points import points
from competition.kernel.web.access import Permission, current_actor, requires

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/judge/table/workbook")
@requires(Permission.JUDGE_QUEUE)
def workbook() -> ResponseReturnValue:
    """The open entries as a workbook, with what is scored so far."""
    seat = requested_seat(request.args.get("call"))
    open_tasks = list(_open_tasks(seat).values())
    rubric = rubric_view(open_tasks[0].current_rubric_id) if open_tasks else None
    alike = [task for task in open_tasks if rubric is not None and task.sheet_rubric_id == rubric.id]
    facts = facts_of([task.entry_revision_id for task in alike if task.entry_revision_id])
    keys = [criterion.key for criterion in rubric.criteria] if rubric is not None else []
    rows = []
    for task in alike:
        values = task.values() or [None] * len(keys)
        title = facts[task.entry_revision_id].title if task.entry_revision_id else ""
        scores = [float(points(value)) if value is not None else None for value in values]
        rows.append([task.entry_code, task.seen_version, title, *scores, task.overall or ""])
    data = score_workbook.write(["entry", "version", "title", *keys, "overall"], rows)
    name = f"{seat.call_code}-scores.xlsx"
    return Response(data, mimetype=WORKBOOK, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _open_tasks(seat: task_queries.SeatView) -> dict[str, Task]:
    return {task.entry_code: task for task in task_queries.open_tasks(current_actor(), seat.id)}


@bp.get("/judge/table/check")
@requires(Permission.JUDGE_QUEUE)
def check_workbook() -> ResponseReturnValue:
    """The address in the bar after the check: loaded again, it shows the table."""
    return redirect(url_for(".table", call=request.args.get("call")), 303)


@bp.post("/judge/table/check")
@requires(Permission.JUDGE_QUEUE)
def check_workbook_post() -> ResponseReturnValue:
    """What a filled-in workbook would change, row by row. Nothing is stored."""
    seat = requested_seat(request.form.get("call"))
    file = request.files.get("file")
    try:
        rows = score_workbook.read(file.read() if file is not None else b"")
    except score_workbook.Unreadable:
        flash(_("This file could not be read. Choose the workbook that you downloaded here, saved as XLSX."), "warn")
        return redirect(url_for(".table", call=seat.call_code), 303)
    checked = check([(row.number, row.cells) for row in rows], _open_tasks(seat), clock.now())
    return render_template(
        "judging/workbook.html", seat=seat, rows=checked, faulty=[row for row in checked if row.error],
        changed=[row for row in checked if row.changed and not row.error],
        packed=json.dumps([[row.number, dict(row.cells)] for row in checked if row.changed and not row.error]),
    )


@bp.post("/judge/table/take")
@requires(Permission.JUDGE_QUEUE)
def take_workbook() -> ResponseReturnValue:
    """Take the rows that were shown as drafts; each is checked again."""
    seat, now = requested_seat(request.form.get("call")), clock.now()
    open_tasks = _open_tasks(seat)
    count = take(check(_unpacked(request.form.get("rows", "")), open_tasks, now), open_tasks, now)
    flash(ngettext("%(num)s draft taken from the file.", "%(num)s drafts taken from the file.", count), "good")
    return redirect(url_for("judging_judge.queue", call=seat.call_code), 303)


def _unpacked(text: str) -> list[tuple[int, dict[str, str]]]:
    """The rows as the page of the check carried them; what is anything else is left out."""
    try:
        packed = json.loads(text)
    except ValueError:
        return []
    if not isinstance(packed, list):
        return []
    return [
        (number, {str(key): str(value) for key, value in cells.items()})
        for number, cells in (row for row in packed if isinstance(row, list) and len(row) == 2)
        if isinstance(number, int) and isinstance(cells, dict)
    ]


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row of the file: ``error`` says why it cannot be taken, ``changed`` whether it says anything new."""

    number: int
    entry_code: str
    error: str
    changed: bool
    cells: Mapping[str, str]


def check(rows: Sequence[tuple[int, Mapping[str, str]]], tasks: Mapping[str, Task], now: datetime) -> list[CheckedRow]:
    """Hold every row against the sheet as it is now; nothing is stored.

    Parameters
    ----------
    rows
        Number in the file, and cells by heading: ``entry``, ``version``, keys of criteria, ``overall``.
    tasks
        The judge's open tasks by code of the entry.
    """
    seen: set[str] = set()
    checked = []
    for number, cells in rows:
        code = cells.get("entry", "").upper()
        error, changed = _check(cells, tasks.get(code), code in seen, now)
        seen.add(code)
        checked.append(CheckedRow(number, code, error, changed, cells))
    return checked


def _check(cells: Mapping[str, str], task: Task | None, again: bool, now: datetime) -> tuple[str, bool]:
    if task is None:
        return _("You have no open entry with this code."), False
    if again:
        return _("This entry is in the file twice."), False
    if whole(cells.get("version", "")) != task.seen_version:
        return _("The sheet was changed here after the file was downloaded."), False
    if not task.scoring_open(now) or task.rubric_changed or task.entry_changed:
        return _("Open this entry on the site: something about it has changed."), False
    form = _form(cells, task, rubric_view(task.sheet_rubric_id))
    typed, errors = marks(form, rubric_view(task.sheet_rubric_id))
    if errors:
        return next(iter(errors.values())), False
    stored = ([*task.values()] or [None] * len(typed.scores), task.overall or "")
    return "", (list(typed.scores), typed.overall) != stored


def _form(cells: Mapping[str, str], task: Task, rubric: RubricView) -> dict[str, str]:
    """The row as the form of the sheet; comments on criteria are not in the file and stay as they are."""
    comments = task.comments or [""] * len(rubric.criteria)
    form = {"overall": cells.get("overall", "")}
    for criterion, comment in zip(rubric.criteria, comments, strict=True):
        form[f"score-{criterion.key}"] = cells.get(criterion.key, "")
        form[f"comment-{criterion.key}"] = comment
    return form


def take(rows: Sequence[CheckedRow], tasks: Mapping[str, Task], now: datetime) -> int:
    """Store the rows without an error that say anything new as drafts; returns how many.

    A sheet that was saved meanwhile keeps what it has.
    """
    count = 0
    for row in rows:
        if row.error or not row.changed:
            continue
        task = tasks[row.entry_code]
        rubric = rubric_view(task.sheet_rubric_id)
        typed, _errors = marks(_form(row.cells, task, rubric), rubric)
        try:
            sheets.save_draft(task=task, marks=typed, seen_version=task.seen_version, now=now)
        except DomainError:
            continue
        count += 1
    return count
