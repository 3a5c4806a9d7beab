"""What anybody may read: the home page, the list, a call, its documents."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from competition.calls import labels, life, queries_public
from competition.calls.queries_public import Filters
from competition.calls.routes import present
from competition.kernel import clock, page_cache, storage
from competition.kernel.access import Permission, requires
from competition.kernel.errors import Missing

bp = Blueprint("calls_public", __name__)
PUBLIC_PHASES = tuple(phase for phase in labels.PHASES if phase != "draft")
TALLIED = ("open", "closed", "judging", "notice", "piloting")  # the phases that the home page counts
DEMO_ACCOUNTS = ("organizer@example.test", "team1@example.test", "judge1@example.test")


@bp.get("/")
@requires(Permission.PUBLIC)
@page_cache.cached
def home() -> ResponseReturnValue:
    """Open calls first; then what a call is, and what became of earlier ones."""
    now = clock.now()
    programmes = queries_public.programmes()
    entering = queries_public.home_calls(now, ("open", "upcoming"))
    under_way = queries_public.home_calls(now, ("closed", "judging", "notice", "piloting", "archived"), size=6)
    counts = queries_public.phases(now)
    cards = [present.card(row, programmes, now) for row in entering]
    return render_template(
        "calls/home.html", programmes=list(programmes.values()), counts=counts,
        tally=labels.counted(counts, TALLIED),
        open_cards=[card for card in cards if card["phase"] == "open"],
        upcoming_cards=[card for card in cards if card["phase"] == "upcoming"],
        later_cards=[present.card(row, programmes, now) for row in under_way], explained=life.explained(),
        results_url=present.linked("results_public.index"), pilots_url=present.linked("pilots_public.index"),
        demo_accounts=DEMO_ACCOUNTS if current_app.config["SETTINGS"].demo else (), phase_label=labels.phase_label,
    )


@bp.get("/calls")
@requires(Permission.PUBLIC)
@page_cache.cached
def index() -> ResponseReturnValue:
    """Every public call, filtered by theme, state and words in any language."""
    now = clock.now()
    chosen = Filters(
        q=request.args.get("q", "").strip()[: queries_public.MAX_QUERY], theme=request.args.get("theme", ""),
        phase=request.args.get("phase", "") if request.args.get("phase") in PUBLIC_PHASES else "",
    )
    programmes = queries_public.programmes()
    shown = queries_public.call_list(chosen, request.args.get("after"), now)
    return render_template(
        "calls/index.html", cards=[present.card(row, programmes, now) for row in shown.rows], filters=chosen,
        themes=present.themes(programmes), phases=[(key, labels.phase_label(key)) for key in PUBLIC_PHASES],
        total=queries_public.count(chosen, now), next_url=_at(chosen, shown.next),
        previous_url=_at(chosen, shown.previous),
    )


def _at(chosen: Filters, cursor: str | None) -> str:
    values: dict[str, Any] = {**chosen.given(), "after": cursor}
    return url_for("calls_public.index", **values) if cursor else ""


@bp.get("/calls/<call_code>")
@requires(Permission.PUBLIC)
@page_cache.cached
def show(call_code: str) -> ResponseReturnValue:
    """One call, with its problem, its targets, its rules and where it stands."""
    call = queries_public.public_call(call_code)
    if call is None:
        raise Missing("")
    return render_template("calls/show.html", **present.page_of(queries_public.call_page(call), clock.now()))


@bp.get("/calls/<call_code>/documents/<document_code>")
@requires(Permission.PUBLIC)
def document(call_code: str, document_code: str) -> ResponseReturnValue:
    """Sends the reader to a short-lived address of the file; our server never carries the bytes."""
    call = queries_public.public_call(call_code)
    found = queries_public.document(call.id, document_code) if call is not None else None
    if found is None:
        raise Missing("")
    return redirect(storage.sign_get(found.key, filename=found.name, content_type=found.content_type), 302)
