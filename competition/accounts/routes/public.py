"""Sign up, confirm, sign in and out, reset: the same answers whether or not an address is known."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from competition.accounts import addresses, passwords, service, sessions
from competition.accounts.forms import EmailForm, EmptyForm, ResetForm, SignInForm, SignUpForm
from competition.accounts.models import User
from competition.extensions import db, limiter
from competition.kernel import clock, i18n, transaction
from competition.kernel.access import Permission, current_actor, requires

bp = Blueprint("accounts", __name__)
PER_ADDRESS = "30 per 15 minutes"
PER_ACCOUNT = "10 per 15 minutes"


def _typed_email() -> str:
    """The account that a limit counts for: every spelling that signs in to it is the same one."""
    typed = request.form.get("email", "")[:320]
    return "account:" + (addresses.normalize(typed) or typed.strip().casefold())


def safe_next(target: str | None) -> str:
    """A page of this site, else the home page: never another site, never an address that is no page.

    In the language of the present page, which a reader may have changed since they asked for that one.
    """
    home = url_for("calls_public.home")
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return home
    try:
        _endpoint, values = current_app.url_map.bind("").match(target.split("?")[0], method="GET")
    except RequestRedirect:
        return home
    except HTTPException:
        return home
    return f"/{i18n.lang()}{target[3:]}" if "lang" in values else target


@bp.get("/sign-in")
@requires(Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    if not current_actor().anonymous and not request.args.get("email"):  # with one: to be somebody else
        return redirect(safe_next(request.args.get("next")), 303)
    form = SignInForm(email=request.args.get("email", ""))
    return render_template("accounts/sign_in.html", form=form, next=request.args.get("next", ""))


@bp.post("/sign-in")
@limiter.limit(PER_ADDRESS)
@limiter.limit(PER_ACCOUNT, key_func=_typed_email)
@requires(Permission.PUBLIC, defer_write=True)
def sign_in_submit() -> ResponseReturnValue:
    form, target = SignInForm(), request.form.get("next", "")
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form, next=target), 422
    user = service.user_by_email(str(form.email.data))
    user_id, confirmed = (user.id, user.confirmed_at is not None) if user is not None else (None, False)
    right = passwords.matches(user.password_hash if user is not None else None, str(form.password.data))
    if not right or user_id is None:
        form.password.errors = [_("The e-mail address or the password is wrong.")]
        return render_template("accounts/sign_in.html", form=form, next=target), 422
    with transaction.write():
        person = db.session.get_one(User, user_id)
        if not confirmed:
            service.send_confirmation(user=person, now=clock.now())
        else:
            sessions.start(person, now=clock.now(), agent=request.user_agent.string)
    if not confirmed:
        return render_template("accounts/sent.html", title=_("Confirm your address first"), text=_(
            "We have sent you a new link. Open it, then sign in."))
    return redirect(safe_next(target), 303)  # mail speaks the account's language, this visit that of the page


@bp.post("/sign-out")
@requires(Permission.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    sessions.end(current_actor())
    return redirect(url_for("calls_public.home"), 303)


@bp.get("/sign-up")
@requires(Permission.PUBLIC)
def sign_up() -> ResponseReturnValue:
    form = SignUpForm(locale=i18n.locale(), zone=i18n.zone())
    return render_template("accounts/sign_up.html", form=form)


@bp.post("/sign-up")
@limiter.limit(PER_ADDRESS)
@requires(Permission.PUBLIC, defer_write=True)
def sign_up_submit() -> ResponseReturnValue:
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
    """Looking does not use the link up: mail scanners look too."""
    live = service.token_is_live("confirm", token, clock.now())
    return _token_page("accounts/confirm.html", live, token, EmptyForm())


@bp.post("/confirm/<token>")
@requires(Permission.PUBLIC)
def confirm_submit(token: str) -> ResponseReturnValue:
    user = service.confirm(token=token, now=clock.now())
    if user is None:
        return _token_page("accounts/confirm.html", False, token, EmptyForm())
    flash(_("Your address is confirmed. You can sign in now."), "good")
    return redirect(url_for("accounts.sign_in", email=user.email), 303)


@bp.get("/forgotten")
@requires(Permission.PUBLIC)
def forgotten() -> ResponseReturnValue:
    return render_template("accounts/forgotten.html", form=EmailForm(email=request.args.get("email", "")))


@bp.post("/forgotten")
@limiter.limit(PER_ADDRESS)
@limiter.limit(PER_ACCOUNT, key_func=_typed_email)
@requires(Permission.PUBLIC)
def forgotten_submit() -> ResponseReturnValue:
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
    return _token_page("accounts/reset.html", live, token, ResetForm())


@bp.post("/reset/<token>")
@limiter.limit(PER_ADDRESS)
@requires(Permission.PUBLIC, defer_write=True)
def reset_submit(token: str) -> ResponseReturnValue:
    form = ResetForm()
    if not form.validate_on_submit():
        return render_template("accounts/reset.html", form=form, token=token, live=True), 422
    hashed = passwords.make(str(form.password.data))
    with transaction.write():
        user = service.reset(token=token, password_hash=hashed, now=clock.now())
        email = user.email if user is not None else ""
    if not email:
        return _token_page("accounts/reset.html", False, token, form)
    flash(_("Your new password is set, and you were signed out everywhere. Sign in with it now."), "good")
    return redirect(url_for("accounts.sign_in", email=email), 303)


def _token_page(template: str, live: bool, token: str, form: EmptyForm | ResetForm) -> ResponseReturnValue:
    # Under no stricter Referrer-Policy than every page: over https the form is refused without a Referer.
    return render_template(template, live=live, token=token, form=form), 200 if live else 410
