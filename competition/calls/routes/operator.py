"""The operator's page: accounts to lock and open, operators, and the way to every programme's roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.accounts import locking, second_factors
from competition.accounts.models import User
from competition.calls.queries import people as queries
from competition.calls.routes.blueprints import operator as bp
from competition.kernel import clock
from competition.kernel.errors import RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires

WORDS_MOST = 100


@bp.get("")
@requires(Permission.OPERATE)
def index() -> ResponseReturnValue:
    return _page()


def _page(error: str = "", status: int = 200) -> ResponseReturnValue:
    words = request.args.get("q", "").strip()[:WORDS_MOST]
    page = render_template("operator/index.html", q=words, people=queries.operators_and(words), error=error,
                           programmes=queries.every_programme())
    return page, status


def _do(step: Callable[..., Any], user: User, words: str) -> ResponseReturnValue:
    try:
        step(user=user, actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        return _page(str(error.message), 422)
    flash(words, "good")
    return redirect(url_for(".index", q=user.email), 303)


@bp.post("/people/<uuid:user_id>/lock")
@requires(Permission.PERSON_OPERATE)
def lock(user: User) -> ResponseReturnValue:
    return _do(locking.lock, user, _("The account is locked; all its sessions have ended."))


@bp.post("/people/<uuid:user_id>/unlock")
@requires(Permission.PERSON_OPERATE)
def unlock(user: User) -> ResponseReturnValue:
    return _do(locking.unlock, user, _("The account is open again."))


@bp.post("/people/<uuid:user_id>/revoke-operator")
@requires(Permission.PERSON_OPERATE)
def revoke(user: User) -> ResponseReturnValue:
    return _do(locking.revoke_operator, user, _("The operator’s rights are taken away."))


@bp.post("/people/<uuid:user_id>/reset-second-factor")
@requires(Permission.PERSON_OPERATE)
def reset_factor(user: User) -> ResponseReturnValue:
    return _do(second_factors.reset, user,
               _("They set up a new second factor when they sign in next. They have a mail about it."))
