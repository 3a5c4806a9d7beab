"""A judge's receipts of submitted score sheets: to print, and as a document that the platform can be checked with."""

from __future__ import annotations

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue

from competition.judging.queries.entry_for_judge import zone_of
from competition.judging.queries.receipts import Receipt, receipts_of
from competition.judging.queries.tasks import Task
from competition.judging.routes.blueprints import judge as bp
from competition.kernel.errors import Missing
from competition.kernel.web.access import Permission, requires


@bp.get("/judge/<assignment_code>/receipts/<int:number>")
@requires(Permission.TASK_OPEN)
def receipt(task: Task, number: int) -> ResponseReturnValue:
    """The receipt of one submission."""
    return render_template(
        "judging/receipt.html", task=task, receipt=_numbered(task, number), receipts=receipts_of(task.id),
        zone=zone_of(task),
    )


@bp.get("/judge/<assignment_code>/receipts/<int:number>/document")
@requires(Permission.TASK_OPEN)
def receipt_document(task: Task, number: int) -> ResponseReturnValue:
    """The same as JSON, for ``flask opencall verify-receipt``."""
    answer = jsonify(_numbered(task, number).document())
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{task.entry_code}-{number}.json"'
    return answer


def _numbered(task: Task, number: int) -> Receipt:
    for one in receipts_of(task.id):
        if one.number == number:
            return one
    raise Missing("")
