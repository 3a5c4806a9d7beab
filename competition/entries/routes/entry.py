"""My entries, beginning one, and the form that saves itself."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from competition.calls import vocabulary
from competition.calls.lifecycle import phase
from competition.calls.models import Call
from competition.entries import answers as shape
from competition.entries import attachment_kinds, fields, form_html, plain_answers
from competition.entries.call_window import CallWindow
from competition.entries.completeness import Problem, problems
from competition.entries.forms import TeamForm
from competition.entries.models import Entry
from competition.entries.own_links import links_of
from competition.entries.queries import call_form
from competition.entries.queries import team as team_queries
from competition.entries.queries.entry_form import EntryForm, call_of, files_of
from competition.entries.routes.blueprints import team as bp
from competition.entries.service import drafts, teams
from competition.kernel import clock
from competition.kernel.errors import DomainError, Missing, RuleBroken, StaleVersion
from competition.kernel.files.inspection import REASONS
from competition.kernel.text.i18n import lang
from competition.kernel.web import autosave as autosaving
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import TokenForm, seen_version

NEW_TEAM = "new"


@bp.get("/my/entries")
@requires(Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """What my teams have entered and what they still can."""
    user_id = current_actor().id
    entries = team_queries.my_entries(user_id, clock.now())
    return render_template(
        "entries/index.html", teams=team_queries.my_teams(user_id),
        entries=entries, links=links_of([entry.id for entry in entries]),
    )


@bp.get("/my/entries/start/<call_code>")
@requires(Permission.ENTRY_CREATE)
def start(call: Call) -> ResponseReturnValue:
    """Choose the team that enters a call, or found one."""
    actor = current_actor()
    form = TeamForm(contact=actor.email, signatory=actor.name, version="0")
    return _start_page(call, form, "")


def _start_page(call: Call, form: TeamForm, chosen: str, error: str = "", status: int = 200) -> ResponseReturnValue:
    now = clock.now()
    mine = team_queries.my_teams(current_actor().id)
    page = render_template(
        "entries/start.html", call=call, form=form, teams=mine, open=CallWindow.of(call).receives(now),
        why=drafts.why_closed(call, now), chosen=chosen or (mine[0].code if mine else NEW_TEAM), error=error,
        phase=phase(call, now),
    )
    return page, status


@bp.post("/my/entries/start/<call_code>")
@requires(Permission.ENTRY_CREATE)
def start_post(call: Call) -> ResponseReturnValue:
    """Begin the entry; go straight to it when the team has begun one already."""
    actor, now, form = current_actor(), clock.now(), TeamForm()
    chosen = request.form.get("team", NEW_TEAM)
    if chosen == NEW_TEAM:
        if not form.validate():
            return _start_page(call, form, chosen, status=422)
        team = teams.create(profile=form.profile, actor=actor, now=now)
    else:
        own_team = team_queries.team_by_code(actor.id, chosen)
        if own_team is None or not TokenForm().validate():
            raise Missing("")
        team = own_team
        existing = team_queries.entry_code_of(team.id, call.id)
        if existing is not None:
            flash(_("This team has begun this entry already: here it is."), "info")
            return redirect(url_for(".edit", entry_code=existing), 303)
    try:
        entry = drafts.start(call=call, team=team, actor=actor, now=now)
    except RuleBroken as error:
        return _start_page(call, form, chosen, str(error.message), 422)
    return redirect(url_for(".edit", entry_code=entry.code), 303)


@bp.get("/my/entries/<entry_code>")
@requires(Permission.ENTRY_FORM)
def edit(entry: EntryForm) -> ResponseReturnValue:
    """The form beside the call's requirements; the page to look it over once the entry takes no changes."""
    now = clock.now()
    if not entry.window.editable(entry.state, now):
        return redirect(url_for(".review", entry_code=entry.code), 302)
    shared = call_form.cached(("shared", entry.call_id, entry.call_version, lang()), lambda: _shared(call_of(entry)))
    answers = shape.complete_shape(entry.draft)
    faults = problems(answers, shared.terms)
    add = request.args.get("add", "")
    form = shared.form.fill(
        values=shape.typed(answers, shared.terms.currency), wanted=answers["support_wanted"],
        errors={problem.anchor: problem.text for problem in faults if not problem.missing},
        counts={name: max(1, len(answers[name]) + (name == add)) for name in fields.ROWS},
    )
    return render_template(
        "entries/edit.html", entry=entry, form=form, missing=sum(fault.missing for fault in faults),
        requirements=shared.requirements, files=files_of(entry.id), slots=shared.slots, now=now,
        may_withdraw=entry.may_withdraw(now), types=attachment_kinds.NEUTRAL_NAMES, reasons=REASONS,
    )


@dataclass(frozen=True, slots=True)
class SharedParts:
    """The parts of the form's page that all entries of a call share, in one language: cached for a few seconds."""

    terms: shape.Terms
    form: form_html.Form
    requirements: Markup
    slots: Mapping[str, str]


def _shared(call: Call) -> SharedParts:
    terms = call_form.terms_of(call)
    requirements = render_template(
        "entries/_requirements.html", call=call, groups=vocabulary.GROUPS, terms=terms,
        criteria=call_form.criteria_of(call),
    )
    return SharedParts(
        terms, form_html.form_for(call, terms),
        Markup(requirements),  # noqa: S704 - our own template, which escapes
        fields.slot_words(),
    )


def _save(entry: Entry) -> tuple[int, list[Problem]]:
    """Save the posted form, whatever is wrong with it; returns the new version and what submitting would refuse."""
    terms = call_form.terms_of(entry.call)
    answers = shape.parse(request.form, terms, entry.draft)
    version = drafts.save(
        entry=entry, call=entry.call, answers=answers, version=seen_version(request.form.get("version")),
        actor=current_actor(), now=g.received_at,
    )
    return version, problems(answers, terms)


@bp.post("/my/entries/<entry_code>")
@requires(Permission.ENTRY_EDIT)
def edit_post(entry: Entry) -> ResponseReturnValue:
    """The form, sent as a page: works without a script."""
    try:
        _save(entry)
    except StaleVersion as stale:
        return _conflict_page(entry, stale)
    adding = next((name for name in fields.ROWS if f"{name}-add" in request.form), None)
    if adding is not None:
        return redirect(url_for(".edit", entry_code=entry.code, add=adding, _anchor=adding), 303)
    if request.form.get("next") == "review":
        return redirect(url_for(".review", entry_code=entry.code), 303)
    flash(_("Saved. Nothing is submitted yet."), "good")
    return redirect(url_for(".edit", entry_code=entry.code), 303)


@bp.post("/my/entries/<entry_code>/autosave")
@requires(Permission.ENTRY_EDIT)
def autosave(entry: Entry) -> ResponseReturnValue:
    """The same form, sent by the script as it is typed; saved whatever is wrong with it."""
    try:
        version, faults = _save(entry)
    except StaleVersion as error:
        return autosaving.conflict(error, url=url_for(".edit", entry_code=entry.code))
    except DomainError as error:
        return autosaving.refused(error)
    missing = sum(problem.missing for problem in faults)
    return autosaving.saved(
        version=version, at=g.received_at,
        errors={problem.anchor: problem.text for problem in faults if not problem.missing},
        missing=ngettext("%(num)s missing", "%(num)s missing", missing) if missing else "",
    )


def _conflict_page(entry: Entry, stale: StaleVersion) -> ResponseReturnValue:
    terms = call_form.terms_of(entry.call)
    theirs = shape.complete_shape(stale.theirs)
    posted = [
        (name, value) for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", "version", "next"} and not name.startswith("choose:")
    ]
    page = render_template(
        "entries/conflict.html", entry=entry, call=entry.call, version=stale.version, posted=posted,
        changes=plain_answers.changes(theirs, stale.mine, terms), saved_by=team_queries.name_of(entry.saved_by),
    )
    return page, 409


@bp.post("/my/entries/<entry_code>/resolve")
@requires(Permission.ENTRY_EDIT)
def resolve(entry: Entry) -> ResponseReturnValue:
    """Put the two texts together as chosen, field by field."""
    terms = call_form.terms_of(entry.call)
    mine = shape.parse(request.form, terms, entry.draft)
    answers = shape.complete_shape(deepcopy(entry.draft))
    for change in plain_answers.changes(answers, mine, terms):
        if request.form.get(f"choose:{change.key}", "mine") == "mine":
            shape.take(answers, mine, change.key)
    try:
        drafts.save(entry=entry, call=entry.call, answers=answers, version=seen_version(request.form.get("version")),
                    actor=current_actor(), now=g.received_at)
    except StaleVersion as stale:
        return _conflict_page(entry, stale)
    flash(_("Saved as chosen."), "good")
    return redirect(url_for(".edit", entry_code=entry.code), 303)
