"""The audit trail of a call: its events with their digests, and a check of the whole chain."""

from __future__ import annotations

import json

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from competition.calls.models import Call
from competition.calls.queries import organizer
from competition.calls.routes.blueprints import audit as bp
from competition.kernel.data import audit_labels, evidence
from competition.kernel.web.access import Permission, requires


@bp.get("/calls/<call_code>/audit")
@requires(Permission.AUDIT_READ)
def index(call: Call) -> ResponseReturnValue:
    """Newest first; ``?check=1`` recomputes every link from the first event on."""
    page = organizer.audit_page(str(call.id), request.args.get("after"))
    checked = request.args.get("check") == "1"
    rows = [{
        "seq": row.seq, "at": row.at, "action": audit_labels.words(row.action), "key": row.action,
        "who": row.who or "", "email": row.email or "", "hash": row.hash, "before": row.prev_hash,
        "data": json.dumps(row.data, ensure_ascii=False, indent=1, sort_keys=True) if row.data else "",
    } for row in page.rows]
    return render_template(
        "calls/organizer/audit.html", call=call, programme=call.programme, rows=rows, checked=checked,
        faults=evidence.faults_of(call.id) if checked else [],
        next_url=url_for("audit.index", call_code=call.code, after=page.next) if page.next else "",
        previous_url=url_for("audit.index", call_code=call.code, after=page.previous) if page.previous else "",
    )
