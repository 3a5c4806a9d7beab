"""Published results, for everybody."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from competition.kernel import clock
from competition.kernel.errors import Missing
from competition.kernel.web import page_cache
from competition.kernel.web.access import Permission, requires
from competition.results import queries, words
from competition.results.routes.chart import public_line

bp = Blueprint("results_public", __name__, url_prefix="/results")


@bp.get("")
@requires(Permission.PUBLIC)
@page_cache.cached
def index() -> ResponseReturnValue:
    """Every published result, newest first."""
    return render_template("results/index.html", calls=queries.published_calls())


@bp.get("/<call_code>")
@requires(Permission.PUBLIC)
@page_cache.cached
def show(call_code: str) -> ResponseReturnValue:
    """The result of one call: what was decided, by which rule, and until when it can be objected to."""
    return _page(queries.result(call_code))


@bp.get("/<call_code>/versions/<int:number>")
@requires(Permission.PUBLIC)
@page_cache.cached
def version(call_code: str, number: int) -> ResponseReturnValue:
    """One version of a result, unchanged since it was published; it says which version replaced it."""
    return _page(queries.result(call_code, number))


def _page(found: queries.PublicResult | None) -> str:
    if found is None:
        raise Missing("")
    steps = words.method_sentences(found.method, found.rubric)
    return render_template("results/public.html", found=found, steps=steps, words=words, chart=public_line(found),
                           now=clock.now())
