"""Public pages: home, the list of calls, a call, its documents."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from competition.calls import timeline
from competition.calls.phases import ENTERABLE, ENTERED, PUBLIC_PHASES, RUNNING, counted, phase_label
from competition.calls.queries import public
from competition.calls.queries.public import Filters
from competition.calls.routes import present
from competition.kernel import clock
from competition.kernel.errors import Missing
from competition.kernel.files import storage
from competition.kernel.web import page_cache
from competition.kernel.web.access import Permission, requires

bp = Blueprint("calls_public", __name__)
DEMO_ACCOUNTS = ("organizer@example.test", "team1@example.test", "judge1@example.test")


@bp.get("/")
@requires(Permission.PUBLIC)
@page_cache.cached
def home() -> ResponseReturnValue:
    """Open calls first; then what a call is, and what became of earlier ones."""
    now = clock.now()
    programmes = public.programmes()
    enterable = public.home_calls(now, ENTERABLE)
    under_way = public.home_calls(now, ENTERED, size=6)
    counts = public.phases(now)
    cards = [present.card(row, programmes, now) for row in enterable]
    return render_template(
        "calls/home.html", programmes=list(programmes.values()), counts=counts,
        tally=counted(counts, RUNNING),
        open_cards=[card for card in cards if card["phase"] == "open"],
        upcoming_cards=[card for card in cards if card["phase"] == "upcoming"],
        later_cards=[present.card(row, programmes, now) for row in under_way], explained=timeline.explained(),
        demo_accounts=DEMO_ACCOUNTS if current_app.config["SETTINGS"].demo else (), phase_label=phase_label,
    )


@bp.get("/calls")
@requires(Permission.PUBLIC)
@page_cache.cached
def index() -> ResponseReturnValue:
    """Every public call, filtered by theme, state and words in any language."""
    now = clock.now()
    chosen = Filters(
        q=request.args.get("q", "").strip()[: public.MAX_QUERY], theme=request.args.get("theme", ""),
        phase=request.args.get("phase", "") if request.args.get("phase") in PUBLIC_PHASES else "",
    )
    programmes = public.programmes()
    page = public.call_list(chosen, request.args.get("after"), now)
    return render_template(
        "calls/index.html", cards=[present.card(row, programmes, now) for row in page.rows], filters=chosen,
        themes=present.themes(programmes), phases=[(key, phase_label(key)) for key in PUBLIC_PHASES],
        total=public.count(chosen, now), next_url=_at(chosen, page.next),
        previous_url=_at(chosen, page.previous),
    )


def _at(chosen: Filters, cursor: str | None) -> str:
    values: dict[str, Any] = {**chosen.query_values(), "after": cursor}
    return url_for("calls_public.index", **values) if cursor else ""


@bp.get("/calls/<call_code>")
@requires(Permission.PUBLIC)
@page_cache.cached
def show(call_code: str) -> ResponseReturnValue:
    """One call, with its problem, its targets, its rules and where it stands."""
    call = public.public_call(call_code)
    if call is None:
        raise Missing("")
    return render_template("calls/show.html", **present.page_of(public.call_page(call), clock.now()))


@bp.get("/calls/<call_code>/documents/<document_code>")
@requires(Permission.PUBLIC)
def document(call_code: str, document_code: str) -> ResponseReturnValue:
    """Redirect to a short-lived signed address of the file in the object store."""
    call = public.public_call(call_code)
    file = public.document(call.id, document_code) if call is not None else None
    if file is None:
        raise Missing("")
    return redirect(storage.sign_get(file.key, filename=file.name, content_type=file.content_type), 302)
