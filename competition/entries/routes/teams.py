"""A team's own page: profile, members, invitations."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.accounts import limits
from competition.entries import plain_answers
from competition.entries.forms import InviteForm, TeamForm
from competition.entries.models import Team
from competition.entries.queries import team as team_queries
from competition.entries.routes.blueprints import team as bp
from competition.entries.service import submission, teams
from competition.extensions import db, limiter
from competition.kernel import clock
from competition.kernel.errors import DomainError, RuleBroken, StaleVersion
from competition.kernel.text import i18n
from competition.kernel.web.access import Permission, current_actor, requires


@bp.get("/my/teams/new")
@requires(Permission.SIGNED_IN)
def team_new() -> ResponseReturnValue:
    actor = current_actor()
    form = TeamForm(contact=actor.email, signatory=actor.name, version="0")
    return render_template("entries/team_new.html", form=form)


@bp.post("/my/teams/new")
@requires(Permission.SIGNED_IN)
def team_new_post() -> ResponseReturnValue:
    form = TeamForm()
    if not form.validate():
        return render_template("entries/team_new.html", form=form), 422
    team = teams.create(profile=form.profile, actor=current_actor(), now=clock.now())
    flash(_("The team is founded. Invite the others, then enter a call."), "good")
    return redirect(url_for(".team", team_code=team.code), 303)


@bp.get("/my/teams/<team_code>")
@requires(Permission.TEAM_READ)
def team(team: Team) -> ResponseReturnValue:
    return _page(team)


def _page(
    team: Team, *, profile: TeamForm | None = None, invite: InviteForm | None = None, error: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    actor = current_actor()
    people = team_queries.members(team.id)
    leads = any(person.id == actor.id and person.role == "lead" for person in people)
    page = render_template(
        "entries/team.html", team=team, members=people, leads=leads, error=error,
        invited=team_queries.invited(team.id, clock.now()) if leads else [],
        form=profile or TeamForm(formdata=None, obj=team),
        invite=invite or InviteForm(formdata=None, lang=i18n.locale()),
        facts=plain_answers.profile(submission.profile_of(team)),
    )
    return page, status


@bp.post("/my/teams/<team_code>")
@requires(Permission.TEAM_MANAGE)
def team_post(team: Team) -> ResponseReturnValue:
    form = TeamForm()
    if not form.validate():
        return _page(team, profile=form, status=422)
    try:
        teams.update_profile(team=team, profile=form.profile, version=form.seen_version, actor=current_actor(),
                             now=clock.now())
    except StaleVersion as stale:
        mine, theirs = (dict(plain_answers.profile(profile)) for profile in (stale.mine, stale.theirs))
        page = render_template(
            "entries/team_conflict.html", team=team, stale=stale, form=form, mine=mine, theirs=theirs
        )
        return page, 409
    flash(_("The profile is saved."), "good")
    return redirect(url_for(".team", team_code=team.code), 303)


@bp.post("/my/teams/<team_code>/invite")
@requires(Permission.TEAM_MANAGE)  # first: who may not invite can't use up what an address may get
@limiter.limit(limits.PER_INVITED, key_func=limits.recipient)
@limiter.limit(limits.PER_INVITER, key_func=limits.person)
def team_invite(team: Team) -> ResponseReturnValue:
    form = InviteForm()
    if not form.validate():
        return _page(team, invite=form, status=422)
    try:
        teams.invite(team=team, email=str(form.email.data), lang=str(form.lang.data), actor=current_actor(),
                     now=clock.now())
    except RuleBroken as error:
        form.refuse(error)
        return _page(team, invite=form, status=422)
    flash(_("The invitation is on its way to %(email)s. It works for 7 days.", email=form.email.data), "good")
    return redirect(url_for(".team", team_code=team.code), 303)


@bp.post("/my/teams/<team_code>/invitations/<uuid:invitation_id>/revoke")
@requires(Permission.TEAM_MANAGE)
def team_revoke(team: Team, invitation_id: UUID) -> ResponseReturnValue:
    teams.revoke(team=team, invitation_id=invitation_id, actor=current_actor(), now=clock.now())
    flash(_("The invitation no longer works."), "good")
    return redirect(url_for(".team", team_code=team.code), 303)


@bp.post("/my/teams/<team_code>/members/<uuid:user_id>")
@requires(Permission.TEAM_MANAGE)
def team_member(team: Team, user_id: UUID) -> ResponseReturnValue:
    """Remove a member, or make them the lead."""
    change = teams.hand_over if request.form.get("action") == "lead" else teams.remove
    try:
        change(team=team, user_id=user_id, actor=current_actor(), now=clock.now())
    except DomainError as error:
        if error.status == 404:
            raise
        return _page(team, error=str(error.message), status=422)
    flash(_("The team is changed."), "good")
    return redirect(url_for(".team", team_code=team.code), 303)


@bp.post("/my/teams/<team_code>/leave")
@requires(Permission.TEAM_READ)
def team_leave(team: Team) -> ResponseReturnValue:
    try:
        teams.leave(team=team, actor=current_actor(), now=clock.now())
    except RuleBroken as error:
        return _page(team, error=str(error.message), status=422)
    db.session.flush()
    flash(_("You have left %(team)s.", team=team.name), "good")
    return redirect(url_for(".index"), 303)
