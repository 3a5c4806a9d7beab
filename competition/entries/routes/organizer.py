"""The entries of a call, for its organizers: all of them, and each in full."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
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
from competition.kernel import clock
from competition.kernel.errors import Missing
from competition.kernel.files.inspection import REASONS
from competition.kernel.text import i18n
from competition.kernel.web.access import Permission, requires


def _not_over(call: Call, now: datetime) -> bool:
    """Whether a draft may still become an entry; afterwards it was not submitted in time."""
    return phase(call, now) == "upcoming" or CallWindow.of(call).receives(now)


@tiles
def _tiles(call: Call) -> list[Tile]:
    """How many teams have entered, for the call's overview."""
    now = clock.now()
    if phase(call, now) in until("upcoming"):
        return []
    found, open_now = queries.counts(call.id), _not_over(call, now)

    def at(state: str) -> str:
        return url_for("entries_organizer.index", call_code=call.code, state=state)

    return [
        Tile(_("Entries submitted"), found.submitted, at("submitted"), tone="good" if found.submitted else ""),
        Tile(_("Drafts") if open_now else _("Not submitted in time"), found.draft, at("draft"),
             tone="" if open_now or not found.draft else "warn"),
    ]


@bp.get("/organizer/calls/<call_code>/entries")
@requires(Permission.ENTRY_OVERSEE)
def index(call: Call) -> ResponseReturnValue:
    """The call's entries, a page at a time; drafts of a closed call are those who came too late."""
    state, text = request.args.get("state", ""), request.args.get("q", "").strip()[:80]
    found = queries.entries(call.id, state=state, text=text, cursor=request.args.get("after"))

    def at(cursor: str | None) -> str:
        here: dict[str, Any] = {"call_code": call.code, "state": state or None, "q": text or None, "after": cursor}
        return url_for(".index", **here) if cursor else ""

    return render_template(
        "entries/organizer_index.html", call=call, page=found, counts=queries.counts(call.id), state=state, q=text,
        open=_not_over(call, clock.now()),
        next=at(found.next), previous=at(found.previous),
    )


@bp.get("/organizer/calls/<call_code>/entries/<entry_code>")
@requires(Permission.ENTRY_OVERSEE)
def show(call: Call, entry_code: str) -> ResponseReturnValue:
    """An entry as it was received, with what changed between its revisions; a draft only says that it exists."""
    entry = queries.entry(call.id, entry_code)
    if entry is None:
        raise Missing("")
    revisions = team_queries.revisions(entry.id)
    shown = _asked(revisions)
    spec = call_form.spec_of(call)
    before = next((r for r in revisions if shown is not None and r.number == shown.number - 1), None)
    return render_template(
        "entries/organizer_show.html", call=call, entry=entry, team=entry.team, revisions=revisions, revision=shown,
        parts=plain_answers.parts(shape.complete_shape(shown.answers), spec) if shown else (),
        profile=plain_answers.profile(shown.answers["profile"]) if shown else [],
        country=countries.name(entry.team.country, i18n.locale()),
        states=team_queries.file_states(shown.files) if shown else {}, slots=fields.SLOTS,
        reasons=REASONS,
        before=before, changes=_changes(before, shown, spec) if before and shown else [],
    )


def _asked(revisions: list[Revision]) -> Revision | None:
    """The revision that the address asks for, else the newest; None for an entry that was never submitted."""
    asked = request.args.get("revision", "")
    return next((r for r in revisions if str(r.number) == asked), revisions[0] if revisions else None)


def _changes(before: Revision, after: Revision, spec: shape.Spec) -> list[dict[str, Any]]:
    """Rows for the ``diff`` macro: answers, then files by name."""
    old, new = shape.complete_shape(before.answers), shape.complete_shape(after.answers)
    rows = [{"label": c.label, "before": c.before, "after": c.after} for c in plain_answers.changes(old, new, spec)]
    names = ["\n".join(str(item["name"]) for item in revision.files) for revision in (before, after)]
    if [f["sha256"] for f in before.files] != [f["sha256"] for f in after.files]:
        rows.append({"label": str(fields.LABELS["files"]), "before": names[0], "after": names[1]})
    return rows
