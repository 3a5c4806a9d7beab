"""Sign up, confirm, sign in and out, reset: the same answers whether or not an address is known."""

from __future__ import annotations

import re
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from competition.accounts import (
    half_sessions,
    limits,
    passwords,
    second_factors,
    service,
    sessions,
    trusted_browsers,
)
from competition.accounts.demo_people import DEMO_PEOPLE
from competition.accounts.forms import ConfirmForm, EmailForm, ResetForm, SignInForm, SignUpForm
from competition.accounts.models import User
from competition.extensions import limiter
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.text import i18n
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.navigation import WORK
from competition.kernel.web.places import HOME

bp = Blueprint("accounts", __name__)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # a line break in an address would begin a header of its own
to_network = limiter.limit(limits.PER_NETWORK, key_func=limits.network)
failures_of_network = limiter.limit(limits.PER_NETWORK, key_func=limits.network, deduct_when=limits.failed)
to_recipient = limiter.shared_limit(
    limits.PER_RECIPIENT, scope="mail", key_func=limits.recipient, exempt_when=limits.known_browser
)


def safe_next(target: str | None) -> str:
    """``target`` if it is a page of this site, else :func:`own_place`.

    In the language of the present page, which a reader may have changed since they asked for that one.
    """
    home = own_place()
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or CONTROLS.search(target):
        return home
    try:
        _endpoint, values = current_app.url_map.bind("").match(target.split("?")[0], method="GET")
    except RequestRedirect:
        return home
    except HTTPException:
        return home
    return f"/{i18n.lang()}{target[3:]}" if "lang" in values else target


def own_place() -> str:
    """The first page of the actor's menu of work, else the home page."""
    links = WORK.links(current_actor())
    return links[0].url() if links else HOME.url()


@bp.get("/sign-in")
@requires(Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    if not current_actor().anonymous and not request.args.get("email"):  # with one: to be somebody else
        return redirect(safe_next(request.args.get("next")), 303)
    form = SignInForm(email=request.args.get("email", ""))
    return _sign_in_page(form, request.args.get("next", ""))


def _sign_in_page(form: SignInForm, target: str, status: int = 200) -> ResponseReturnValue:
    people = DEMO_PEOPLE if current_app.config["SETTINGS"].demo else ()
    return render_template("accounts/sign_in.html", form=form, next=target, demo_people=people), status


@bp.post("/sign-in")
@failures_of_network
@limiter.limit(limits.PER_TRY, key_func=limits.guesser, deduct_when=limits.failed)
@limiter.limit(limits.PER_ACCOUNT, key_func=limits.account, exempt_when=limits.known_browser, deduct_when=limits.failed)
@requires(Permission.PUBLIC, defer_write=True)
def sign_in_post() -> ResponseReturnValue:
    form, target = SignInForm(), request.form.get("next", "")
    if not form.validate_on_submit():
        return _sign_in_page(form, target, 422)
    user = service.user_by_email(str(form.email.data))
    user_id, stored = (user.id, user.password_hash) if user is not None else (None, None)
    entrance = None
    if passwords.matches(stored, str(form.password.data)) and user_id is not None and stored is not None:
        entrance = _let_in(user_id, stored)
    match entrance:
        case "locked":
            return render_template("accounts/sent.html", title=_("This account is locked"), text=_(
                "Nobody can sign in to it. Ask whoever operates the platform to open it again."))
        case "unconfirmed":
            return render_template("accounts/sent.html", title=_("Confirm your address first"), text=_(
                "Open the newest link that we have sent you by mail, and type your password there."))
        case "code":
            return redirect(url_for(".code", next=target or None), 303)
        case "in":
            return enter(target)
    form.password.errors = [_("The e-mail address or the password is wrong.")]
    return _sign_in_page(form, target, 422)


def enter(target: str) -> ResponseReturnValue:
    """Go on as the person who has just signed in; first to set up a second factor where their rights need one."""
    sessions.load()  # the request came from a visitor; where to go depends on who it is now
    where = safe_next(target)  # mail speaks the account's language, this visit that of the page
    needed = current_app.config["SETTINGS"].second_factor_required and not current_actor().proved_twice
    if needed and (current_actor().is_organizer or current_actor().is_operator):
        return redirect(url_for(".second_factor", next=where), 303)
    return redirect(where, 303)


def _let_in(user_id: UUID, proved_by: str) -> str | None:
    """Sign a person in whose password was right.

    Returns
    -------
    str or None
        "in"; "code" when a second factor is still to be shown; "unconfirmed" after mailing a link to somebody who has
        not confirmed the address; "locked". None when the password has been changed a moment ago.
    """
    with transaction.write():
        user = service.proved(user_id=user_id, password_hash=proved_by)
        if user is None:
            return None
        if user.locked_at is not None:
            return "locked"
        if user.confirmed_at is None:
            service.confirm_again(user_id=user_id, now=clock.now())
            return "unconfirmed"
        if second_factors.is_set_up(user_id):
            half_sessions.start(user_id=user_id, proved_by=proved_by)
            return "code"
        sessions.start(user, now=clock.now(), agent=request.user_agent.string)
        return "in"


@bp.post("/sign-out")
@requires(Permission.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    sessions.end(current_actor())
    return redirect(HOME.url(), 303)


@bp.get("/sign-up")
@requires(Permission.PUBLIC)
def sign_up() -> ResponseReturnValue:
    form = SignUpForm(locale=i18n.locale(), zone=i18n.zone())
    return render_template("accounts/sign_up.html", form=form)


@bp.post("/sign-up")
@to_network
@to_recipient
@requires(Permission.PUBLIC, defer_write=True)
def sign_up_post() -> ResponseReturnValue:
    form = SignUpForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_up.html", form=form), 422
    hashed = passwords.make(str(form.password.data))
    with transaction.write():
        service.sign_up(
            email=str(form.email.data), name=str(form.name.data), password_hash=hashed,
            locale=form.locale.data, zone=form.zone.data, now=clock.now(),
        )
    return render_template("accounts/sent.html", title=_("Check your mail"), text=_(
        "We have sent a message to %(email)s. Open the link in it to confirm the address. "
        "It may take a few minutes; look into the spam folder too.", email=form.email.data))


@bp.get("/confirm/<token>")
@requires(Permission.PUBLIC)
def confirm(token: str) -> ResponseReturnValue:
    """GET does not use the link up, since mail scanners open links."""
    return _confirm_page(token, service.to_confirm(token, clock.now()), ConfirmForm(formdata=None))


@bp.post("/confirm/<token>")
@failures_of_network
@limiter.limit(limits.PER_TRY, key_func=limits.link)
@requires(Permission.PUBLIC, defer_write=True)
def confirm_post(token: str) -> ResponseReturnValue:
    """Confirm the address. The link proves the address, the password that it is the person who signed up."""
    form, waiting = ConfirmForm(), service.to_confirm(token, clock.now())
    valid = waiting is not None and form.validate_on_submit()
    if valid and waiting is not None and not passwords.matches(waiting.password_hash, str(form.password.data)):
        form.password.errors = [_("This is not the password of the last sign-up with this address. Type that one, "
                                  "or set a new password by mail.")]
        valid = False
    if not valid:
        return _confirm_page(token, waiting, form)
    with transaction.write():
        user = service.confirm(token=token, now=clock.now())
        if user is not None:
            sessions.start(user, now=clock.now(), agent=request.user_agent.string)
    if user is None:
        return _confirm_page(token, None, form)
    flash(_("Your address is confirmed, and you are signed in."), "good")
    return redirect(HOME.url(), 303)


def _confirm_page(token: str, waiting: User | None, form: ConfirmForm) -> ResponseReturnValue:
    page = render_template("accounts/confirm.html", waiting=waiting, token=token, form=form)
    return page, 410 if waiting is None else 422 if form.errors else 200


@bp.get("/forgotten")
@requires(Permission.PUBLIC)
def forgotten() -> ResponseReturnValue:
    return render_template("accounts/forgotten.html", form=EmailForm(email=request.args.get("email", "")))


@bp.post("/forgotten")
@to_network
@to_recipient
@requires(Permission.PUBLIC)
def forgotten_post() -> ResponseReturnValue:
    form = EmailForm()
    if not form.validate_on_submit():
        return render_template("accounts/forgotten.html", form=form), 422
    service.request_reset(email=str(form.email.data), now=clock.now())
    return render_template("accounts/sent.html", title=_("Check your mail"), text=_(
        "If %(email)s has an account, a link to set a new password is on its way. It works for 30 minutes.",
        email=form.email.data))


@bp.get("/reset/<token>")
@requires(Permission.PUBLIC)
def reset(token: str) -> ResponseReturnValue:
    live = service.token_is_live("reset", token, clock.now())
    return _reset_page(live, token, ResetForm())


@bp.post("/reset/<token>")
@failures_of_network
@requires(Permission.PUBLIC, defer_write=True)
def reset_post(token: str) -> ResponseReturnValue:
    form = ResetForm()
    form.owner = service.owner_of_link("reset", token, clock.now())
    if not form.validate_on_submit():
        return render_template("accounts/reset.html", form=form, token=token, live=True), 422
    hashed = passwords.make(str(form.password.data))
    with transaction.write():
        user = service.reset(token=token, password_hash=hashed, now=clock.now())
        email = user.email if user is not None else ""
        if email:
            trusted_browsers.remember(email)  # they read its mail: strangers who guess shall not refuse them now
    if not email:
        return _reset_page(False, token, form)
    flash(_("Your new password is set, and you were signed out everywhere. Sign in with it now."), "good")
    return redirect(url_for("accounts.sign_in", email=email), 303)


def _reset_page(live: bool, token: str, form: ResetForm) -> ResponseReturnValue:
    # Under no stricter Referrer-Policy than every page: over https the form is refused without a Referer.
    return render_template("accounts/reset.html", live=live, token=token, form=form), 200 if live else 410
