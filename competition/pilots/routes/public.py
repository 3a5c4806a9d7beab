"""Pilots, for everybody."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from competition.kernel.errors import Missing
from competition.kernel.web import page_cache
from competition.kernel.web.access import Permission, requires
from competition.pilots import labels, queries

bp = Blueprint("pilots_public", __name__, url_prefix="/pilots")


@bp.get("")
@requires(Permission.PUBLIC)
@page_cache.cached
def index() -> ResponseReturnValue:
    """Every pilot since its notice, running ones first."""
    return render_template("pilots/index.html", pilots=queries.public_pilots(), labels=labels)


@bp.get("/<pilot_code>")
@requires(Permission.PUBLIC)
@page_cache.cached
def show(pilot_code: str) -> ResponseReturnValue:
    """One pilot: who, where, for how much, and what has been reached."""
    pilot = queries.public_pilot(pilot_code)
    if pilot is None:
        raise Missing("")
    return render_template("pilots/public.html", view=queries.view(pilot), labels=labels)
