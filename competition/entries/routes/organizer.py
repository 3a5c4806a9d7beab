"""The entries of a call, for its organizers: all of them, and each in full."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.lifecycle import phase
from competition.calls.models import Call
from competition.calls.phases import until
from competition.calls.tabs import Tile, tiles
from competition.entries import answers as shape
from competition.entries import countries, fields, plain_answers
from competition.entries.call_window import CallWindow
from competition.entries.models import Revision
from competition.entries.queries import call_form
from competition.entries.queries import organizer as queries
from competition.entries.queries import team as team_queries
from competition.entries.routes.blueprints import organizer as bp
from competition.entries.sealing import are_sealed, can_be_opened
from competition.entries.service import opening
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.errors import DomainError, Missing
from competition.kernel.files.inspection import REASONS
from competition.kernel.text import i18n
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import TokenForm


def _not_over(call: Call, now: datetime) -> bool:
    """Whether a draft may still become an entry; afterwards it was not submitted in time."""
    return phase(call, now) == "upcoming" or CallWindow.of(call).receives(now)


@tiles
def _tiles(call: Call) -> list[Tile]:
    """How many teams have entered, for the call's overview."""
    now = clock.now()
    if phase(call, now) in until("upcoming"):
        return []
    counts, open_now = queries.counts(call.id), _not_over(call, now)

    def at(state: str) -> str:
        return url_for("entries_organizer.index", call_code=call.code, state=state)

    return [
        Tile(_("Entries submitted"), counts.submitted, at("submitted"), tone="good" if counts.submitted else ""),
        Tile(_("Drafts") if open_now else _("Not submitted in time"), counts.draft, at("draft"),
             tone="" if open_now or not counts.draft else "warn"),
    ]


@bp.get("/organizer/calls/<call_code>/entries")
@requires(Permission.ENTRY_OVERSEE)
def index(call: Call) -> ResponseReturnValue:
    """The call's entries, a page at a time; drafts of a closed call are those who came too late."""
    if are_sealed(call):
        return _sealed(call)
    state, text = request.args.get("state", ""), request.args.get("q", "").strip()[:80]
    page = queries.entries(call.id, state=state, text=text, cursor=request.args.get("after"))

    def at(cursor: str | None) -> str:
        values: dict[str, Any] = {"call_code": call.code, "state": state or None, "q": text or None, "after": cursor}
        return url_for(".index", **values) if cursor else ""

    return render_template(
        "entries/organizer_index.html", call=call, page=page, counts=queries.counts(call.id), state=state, q=text,
        open=_not_over(call, clock.now()),
        next=at(page.next), previous=at(page.previous),
    )


def _sealed(call: Call, error: str = "") -> str:
    """The list while the entries are sealed: numbers and completeness, and the button that opens them in time."""
    now, state = clock.now(), request.args.get("state", "")
    page = queries.sealed_entries(call, state=state, cursor=request.args.get("after"))
    return render_template(
        "entries/organizer_sealed.html", call=call, page=page, counts=queries.counts(call.id), state=state, error=error,
        open=_not_over(call, now), can_open=can_be_opened(call, now), token=TokenForm(formdata=None),
    )


@bp.post("/organizer/calls/<call_code>/entries/open")
@requires(Permission.ENTRIES_OPEN)
def open_entries(call: Call) -> ResponseReturnValue:
    """Open the entries, by name."""
    if not TokenForm().validate_on_submit():
        return _sealed(call, _("This form has expired. Send it again.")), 422
    try:
        opening.open_entries(call=call, actor=current_actor(), now=clock.now())
    except DomainError as error:
        return _sealed(call, error.message), error.status
    flash(_("The entries are open. The log says that you opened them."), "good")
    return redirect(url_for(".index", call_code=call.code), 303)


@bp.get("/organizer/calls/<call_code>/entries/<entry_code>")
@requires(Permission.ENTRY_OVERSEE)
def show(call: Call, entry_code: str) -> ResponseReturnValue:
    """An entry as it was received, with what changed between its revisions; a draft only says that it exists."""
    if are_sealed(call) or queries.entry(call.id, entry_code) is None:
        raise Missing("")
    call_id, actor, now = call.id, current_actor(), clock.now()
    transaction.attempt(lambda: opening.record_reading(
        call_id=call_id, subject=entry_code, file=False, actor=actor, now=now
    ))
    entry = queries.entry(call_id, entry_code)
    if entry is None:
        raise Missing("")
    revisions = team_queries.revisions(entry.id)
    revision = _requested(revisions)
    terms = call_form.terms_of(call)
    before = next((r for r in revisions if revision is not None and r.number == revision.number - 1), None)
    return render_template(
        "entries/organizer_show.html", call=call, entry=entry, team=entry.team, revisions=revisions, revision=revision,
        parts=plain_answers.parts(shape.complete_shape(revision.answers), terms) if revision else (),
        profile=plain_answers.profile(revision.answers["profile"]) if revision else [],
        country=countries.name(entry.team.country, i18n.locale()),
        states=team_queries.file_states(revision.files) if revision else {}, slots=fields.SLOTS,
        reasons=REASONS,
        before=before, changes=_changes(before, revision, terms) if before and revision else [],
    )


def _requested(revisions: list[Revision]) -> Revision | None:
    """The revision that the address asks for, else the newest; None for an entry that was never submitted."""
    number = request.args.get("revision", "")
    return next((r for r in revisions if str(r.number) == number), revisions[0] if revisions else None)


def _changes(before: Revision, after: Revision, terms: shape.Terms) -> list[dict[str, Any]]:
    """Rows for the ``diff`` macro: answers, then files by name."""
    old, new = shape.complete_shape(before.answers), shape.complete_shape(after.answers)
    rows = [{"label": c.label, "before": c.before, "after": c.after} for c in plain_answers.changes(old, new, terms)]
    names = ["\n".join(str(item["name"]) for item in revision.files) for revision in (before, after)]
    if [f["sha256"] for f in before.files] != [f["sha256"] for f in after.files]:
        rows.append({"label": str(fields.LABELS["files"]), "before": names[0], "after": names[1]})
    return rows
