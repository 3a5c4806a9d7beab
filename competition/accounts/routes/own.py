"""A person's own account, and the answer to an invitation."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from competition.accounts import invitations, passwords, queries, second_factors, service, sessions
from competition.accounts.forms import ChangePasswordForm, InvitedForm, PersonForm
from competition.accounts.models import User, UserSession
from competition.accounts.routes.public import bp, failures_of_network
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.errors import Missing, RuleBroken
from competition.kernel.text import i18n
from competition.kernel.text.languages import BY_LOCALE
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import TokenForm


@bp.get("/profile")
@requires(Permission.SIGNED_IN)
def profile() -> ResponseReturnValue:
    return _profile(PersonForm(obj=current_actor()), ChangePasswordForm())


def _profile(form: PersonForm, password_form: ChangePasswordForm) -> str:
    actor = current_actor()
    return render_template(
        "accounts/profile.html", form=form, password_form=password_form,
        sessions=queries.sessions_of(actor.id, clock.now()), here=actor.session_id,
        second_factor=second_factors.is_set_up(actor.id),
    )


@bp.post("/profile")
@requires(Permission.SIGNED_IN)
def profile_post() -> ResponseReturnValue:
    form = PersonForm()
    if not form.validate_on_submit():
        return _profile(form, ChangePasswordForm(formdata=None)), 422
    service.update_profile(
        actor=current_actor(), name=str(form.name.data), locale=form.locale.data, zone=form.zone.data
    )
    with force_locale(form.locale.data):  # the page that comes next speaks the language that was chosen
        flash(_("Saved."), "good")
    return redirect(url_for("accounts.profile", lang=BY_LOCALE[form.locale.data].code), 303)


@bp.post("/profile/password")
@failures_of_network
@requires(Permission.SIGNED_IN, defer_write=True)
def change_password() -> ResponseReturnValue:
    form, actor = ChangePasswordForm(), current_actor()
    form.owner = actor.name, actor.email
    valid = form.validate_on_submit()
    stored = db.session.get_one(User, actor.id).password_hash
    if valid and not passwords.matches(stored, str(form.current.data)):
        form.current.errors = [_("This is not your present password.")]
        valid = False
    if not valid:
        return _profile(PersonForm(formdata=None, obj=actor), form), 422
    hashed = passwords.make(str(form.password.data))
    try:
        with transaction.write():
            service.change_password(
                actor=actor, proved_by=stored or "", password_hash=hashed, now=clock.now(),
                agent=request.user_agent.string,
            )
    except RuleBroken as error:
        form.refuse(error)
        return _profile(PersonForm(formdata=None, obj=actor), form), 422
    flash(_("Your new password is set. Your other browsers were signed out."), "good")
    return redirect(url_for("accounts.profile"), 303)


@bp.post("/profile/sessions/<uuid:session_id>/end")
@requires(Permission.SESSION_END)
def end_session(row: UserSession) -> ResponseReturnValue:
    db.session.delete(row)
    flash(_("That browser is signed out."), "good")
    return redirect(url_for("accounts.profile"), 303)


@bp.get("/invitation/<token>")
@requires(Permission.PUBLIC)
def invitation(token: str) -> ResponseReturnValue:
    return _invitation(token, None)


def _invitation(token: str, form: InvitedForm | None, error: str = "") -> ResponseReturnValue:
    pending, actor = invitations.by_token(token, clock.now()), current_actor()
    if pending is None:
        return render_template("accounts/invitation.html", offer=None), 410
    if form is None:
        form = InvitedForm(formdata=None, locale=i18n.locale(), zone=i18n.zone())
    has_account = actor.anonymous and _has_account(pending.email)
    return render_template(
        "accounts/invitation.html", offer=invitations.offer_of(pending).describe(pending), email=pending.email,
        has_account=has_account, mine=actor.email == pending.email, token=token, form=form, error=error,
        expires_at=pending.expires_at,
    ), 422 if error or form.errors else 200


def _has_account(email: str) -> bool:
    """Whether the address has a confirmed account; an unconfirmed one is replaced by the invited person's."""
    user = service.user_by_email(email)
    return user is not None and user.confirmed_at is not None


@bp.post("/invitation/<token>")
@failures_of_network
@requires(Permission.PUBLIC, defer_write=True)
def invitation_post(token: str) -> ResponseReturnValue:
    """Accept or decline; a newcomer makes their account in the same step."""
    actor, accepted = current_actor(), request.form.get("answer") == "accept"
    form: InvitedForm | TokenForm = InvitedForm() if actor.anonymous and accepted else TokenForm()
    pending = invitations.by_token(token, clock.now())
    if isinstance(form, InvitedForm) and pending is not None:
        form.owner = "", pending.email
    if not form.validate_on_submit():
        if isinstance(form, InvitedForm):  # its fields say what is wrong
            return _invitation(token, form)
        return _invitation(token, None, _("Please send it again."))
    hashed = passwords.make(str(form.password.data)) if isinstance(form, InvitedForm) else ""
    try:
        with transaction.write():
            target = _answer(token, form, hashed, accepted)
    except RuleBroken as error:
        return _invitation(token, form if isinstance(form, InvitedForm) else None, str(error.message))
    return redirect(target, 303)


def _answer(token: str, form: InvitedForm | TokenForm, hashed: str, accepted: bool) -> str:
    now, actor = clock.now(), current_actor()
    pending = invitations.by_token(token, now)
    if pending is None:
        raise Missing("")
    if not actor.anonymous:
        user = db.session.get_one(User, actor.id)
    elif isinstance(form, InvitedForm):
        if _has_account(pending.email):
            raise RuleBroken(_("This address has an account already. Sign in, then open the link again."))
        newcomer = service.sign_up(
            email=pending.email, name=str(form.name.data), password_hash=hashed, locale=form.locale.data,
            zone=form.zone.data, now=now, confirmed=True,
        )
        if newcomer is None:
            raise Missing("")
        user = newcomer
        sessions.start(user, now=now, agent=request.user_agent.string)
    else:
        raise RuleBroken(_("Sign in with the invited address to decline, or simply let the invitation expire."))
    return invitations.answer(invitation=pending, user=user, accepted=accepted, now=now)
