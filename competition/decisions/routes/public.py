"""Published results, for everybody."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from competition.decisions import labels
from competition.decisions.queries.published import PublicResult, public_result, published_calls
from competition.decisions.routes.public_chart import public_chart
from competition.judging.queries.interventions import interventions
from competition.kernel import clock
from competition.kernel.errors import Missing
from competition.kernel.web import page_cache
from competition.kernel.web.access import Permission, requires
from competition.results.labels import steps

bp = Blueprint("decisions_public", __name__, url_prefix="/results")


@bp.get("")
@requires(Permission.PUBLIC)
@page_cache.cached
def index() -> ResponseReturnValue:
    """Every published result, newest first."""
    return render_template("decisions/public_index.html", calls=published_calls())


@bp.get("/<call_code>")
@requires(Permission.PUBLIC)
@page_cache.cached
def show(call_code: str) -> ResponseReturnValue:
    """The result of one call: what was decided, by which rule, and until when it can be objected to."""
    return _page(public_result(call_code))


@bp.get("/<call_code>/versions/<int:number>")
@requires(Permission.PUBLIC)
@page_cache.cached
def version(call_code: str, number: int) -> ResponseReturnValue:
    """One version of a result, unchanged since it was published, with a link to the version that replaced it."""
    return _page(public_result(call_code, number))


def _page(result: PublicResult | None) -> str:
    if result is None:
        raise Missing("")
    return render_template(
        "decisions/public.html", result=result, steps=steps(result.run), labels=labels,
        chart=public_chart(result), now=clock.now(),
        done=interventions(result.call.id, until=result.version.published_at),
    )
