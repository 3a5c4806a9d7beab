"""Who has which role in a programme: one page, for all who have one; leads change it."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.accounts import limits, second_factors
from competition.accounts import service as accounts
from competition.accounts.models import User
from competition.calls.audit_labels import ACTIONS
from competition.calls.forms.people import RoleForm
from competition.calls.models import Programme
from competition.calls.queries import people as queries
from competition.calls.roles import LABELS, MEANINGS
from competition.calls.routes.blueprints import organizer as bp
from competition.calls.service import people
from competition.extensions import db, limiter
from competition.kernel import clock
from competition.kernel.errors import Missing, RuleBroken
from competition.kernel.text import i18n
from competition.kernel.web.access import Permission, current_actor, requires


@bp.get("/programmes/<programme_code>/people")
@requires(Permission.PEOPLE_READ)
def roles(programme: Programme) -> ResponseReturnValue:
    """People with a role, open invitations, and the latest changes."""
    return _page(programme, RoleForm(formdata=None, role="organizer", lang=i18n.locale()))


def _page(programme: Programme, form: RoleForm, error: str = "", status: int = 200) -> ResponseReturnValue:
    actor = current_actor()
    page = render_template(
        "calls/organizer/people.html", programme=programme, form=form, error=error, labels=LABELS, meanings=MEANINGS,
        people=queries.role_holders(programme.id), offers=queries.role_offers(programme.id, clock.now()),
        changes=queries.role_changes(programme.id), actions=ACTIONS,
        leads=actor.role_in(programme.id) == "lead" or actor.is_operator,
    )
    return page, status


@bp.post("/programmes/<programme_code>/people")
@requires(Permission.PEOPLE_MANAGE)
@limiter.limit(limits.PER_INVITED, key_func=limits.recipient)
@limiter.limit(limits.PER_INVITER, key_func=limits.person)
def roles_post(programme: Programme) -> ResponseReturnValue:
    """Give a role to a person with an account; invite an address that has none."""
    form, actor, now = RoleForm(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return _page(programme, form, status=422)
    email, role = str(form.email.data), str(form.role.data)
    user = accounts.user_by_email(email)
    try:
        if user is None or user.confirmed_at is None:
            people.invite(programme=programme, email=email, role=role, lang=str(form.lang.data), actor=actor, now=now)
            flash(_("The invitation is on its way to %(email)s. It works for 7 days.", email=email), "good")
        else:
            people.add(programme=programme, user=user, role=role, actor=actor, now=now)
            flash(_("%(name)s has the role. The leads and they have a mail about it.", name=user.name), "good")
    except RuleBroken as error:
        form.refuse(error)
        return _page(programme, form, status=422)
    return redirect(url_for(".roles", programme_code=programme.code), 303)


@bp.post("/programmes/<programme_code>/people/invitations/<uuid:invitation_id>/revoke")
@requires(Permission.PEOPLE_MANAGE)
def revoke_role(programme: Programme, invitation_id: UUID) -> ResponseReturnValue:
    people.revoke(programme=programme, invitation_id=invitation_id, actor=current_actor(), now=clock.now())
    flash(_("The invitation no longer works."), "good")
    return redirect(url_for(".roles", programme_code=programme.code), 303)


@bp.post("/programmes/<programme_code>/people/<uuid:user_id>")
@requires(Permission.PEOPLE_MANAGE)
def change_role(programme: Programme, user_id: UUID) -> ResponseReturnValue:
    """Another role."""
    role = request.form.get("role", "")
    try:
        people.change(programme=programme, user_id=user_id, role=role, actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        return _page(programme, RoleForm(formdata=None), str(error.message), 422)
    flash(_("The role is changed. The leads and the person have a mail about it."), "good")
    return redirect(url_for(".roles", programme_code=programme.code), 303)


@bp.post("/programmes/<programme_code>/people/<uuid:user_id>/remove")
@requires(Permission.PEOPLE_MANAGE)
def remove_role(programme: Programme, user_id: UUID) -> ResponseReturnValue:
    actor = current_actor()
    try:
        people.remove(programme=programme, user_id=user_id, actor=actor, now=clock.now())
    except RuleBroken as error:
        return _page(programme, RoleForm(formdata=None), str(error.message), 422)
    flash(_("The role is taken away. The leads and the person have a mail about it."), "good")
    if user_id == actor.user_id and not actor.is_operator:
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".roles", programme_code=programme.code), 303)


@bp.post("/programmes/<programme_code>/people/<uuid:user_id>/reset-second-factor")
@requires(Permission.PEOPLE_MANAGE)
def reset_role_factor(programme: Programme, user_id: UUID) -> ResponseReturnValue:
    """For somebody who lost their device and their recovery codes. Operators are reset by operators."""
    holder = next((one for one in queries.role_holders(programme.id) if one.id == user_id), None)
    if holder is None:
        raise Missing("")
    if holder.is_operator and not current_actor().is_operator:
        return _page(programme, RoleForm(formdata=None), _("Another operator has to do this for an operator."), 422)
    try:
        second_factors.reset(user=db.session.get_one(User, user_id), actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        return _page(programme, RoleForm(formdata=None), str(error.message), 422)
    flash(_("They set up a new second factor when they sign in next. They have a mail about it."), "good")
    return redirect(url_for(".roles", programme_code=programme.code), 303)
