"""The second factor: asked for after the password, set up, renewed and removed in the profile."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.accounts import half_sessions, limits, second_factors, sessions
from competition.accounts.forms import CodeForm
from competition.accounts.routes.public import bp, enter, failures_of_network, safe_next
from competition.extensions import limiter
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.errors import RuleBroken
from competition.kernel.web.access import Permission, current_actor, requires

# The password was right already: whoever is here may try six digits this often, wherever they are.
guesses = limiter.shared_limit(limits.PER_TRY, scope="code", key_func=limits.half_signed_in, deduct_when=limits.failed)


@bp.get("/sign-in/code")
@requires(Permission.PUBLIC)
def code() -> ResponseReturnValue:
    """Ask for the code of somebody whose password was right."""
    if half_sessions.person() is None:
        return redirect(url_for(".sign_in", next=request.args.get("next") or None), 303)
    return render_template("accounts/code.html", form=CodeForm(), next=request.args.get("next", ""))


@bp.post("/sign-in/code")
@failures_of_network
@guesses
@requires(Permission.PUBLIC, defer_write=True)
def code_post() -> ResponseReturnValue:
    form, target, now = CodeForm(), request.form.get("next", ""), clock.now()
    if not form.validate_on_submit():
        return render_template("accounts/code.html", form=form, next=target), 422
    with transaction.write():
        user = half_sessions.proved()
        if user is not None and second_factors.matches(user_id=user.id, code=str(form.code.data), now=now):
            sessions.start(user, now=now, agent=request.user_agent.string, proved_twice=True)
        else:
            form.code.errors = [_("This code is wrong, or it was used before.")]
    if user is None:
        return redirect(url_for(".sign_in", next=target or None), 303)
    if form.errors:
        return render_template("accounts/code.html", form=form, next=target), 422
    return enter(target)


@bp.get("/profile/second-factor")
@requires(Permission.SIGNED_IN)
def second_factor() -> ResponseReturnValue:
    """Set up, or show that it is set up; a session that was begun without is asked for a code."""
    return _page(CodeForm(formdata=None))


def _page(form: CodeForm, status: int = 200) -> ResponseReturnValue:
    actor = current_actor()
    factor, is_set_up = second_factors.offered(actor.id), second_factors.is_set_up(actor.id)
    page = render_template(
        "accounts/second_factor.html", form=form, next=request.values.get("next", ""), is_set_up=is_set_up,
        secret=second_factors.secret(factor) if factor else "",
        picture=second_factors.picture(second_factors.address(factor, actor.email)) if factor else "",
    )
    return page, status


@bp.post("/profile/second-factor/begin")
@requires(Permission.SIGNED_IN)
def begin_second_factor() -> ResponseReturnValue:
    second_factors.offer(actor=current_actor(), now=clock.now())
    return redirect(url_for(".second_factor", next=request.form.get("next") or None), 303)


@bp.post("/profile/second-factor")
@guesses
@requires(Permission.SIGNED_IN)
def second_factor_post() -> ResponseReturnValue:
    """Finish setting up, or show a code in a session that was begun without one."""
    form, actor, now = CodeForm(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return _page(form, 422)
    typed = str(form.code.data)
    if second_factors.is_set_up(actor.id):
        if not second_factors.matches(user_id=actor.id, code=typed, now=now):
            form.code.errors = [_("This code is wrong, or it was used before.")]
            return _page(form, 422)
        second_factors.prove(actor=actor)
        return redirect(safe_next(request.form.get("next")), 303)
    try:
        codes = second_factors.confirm(actor=actor, code=typed, now=now)
    except RuleBroken as error:
        form.refuse(error)
        return _page(form, 422)
    return _codes(codes)


@bp.post("/profile/second-factor/codes")
@guesses
@requires(Permission.SIGNED_IN)
def recovery_codes() -> ResponseReturnValue:
    """New recovery codes instead of the earlier ones."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        codes = second_factors.renew_recovery_codes(actor=current_actor(), code=str(form.code.data), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _page(form, 422)
    return _codes(codes)


def _codes(codes: list[str]) -> ResponseReturnValue:
    return render_template("accounts/recovery_codes.html", codes=codes, next=safe_next(request.form.get("next")))


@bp.post("/profile/second-factor/remove")
@guesses
@requires(Permission.SIGNED_IN)
def remove_second_factor() -> ResponseReturnValue:
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        second_factors.remove(actor=current_actor(), code=str(form.code.data), now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _page(form, 422)
    flash(_("Your account is protected by its password alone now."), "good")
    return redirect(url_for(".profile"), 303)
