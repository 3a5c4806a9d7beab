"""Looking an entry over, submitting it, its receipt, taking it back."""

from __future__ import annotations

from datetime import datetime

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.entries import answers as shape
from competition.entries import fields, plain_answers
from competition.entries.lifecycle import editable, receives
from competition.entries.models import Entry, Revision
from competition.entries.queries import form as form_queries
from competition.entries.queries import loading
from competition.entries.queries import team as team_queries
from competition.entries.queries.desk import FileLine
from competition.entries.queries.desk import files as files_of
from competition.entries.queries.sending import Sending
from competition.entries.receipt import receipt_facts, receipt_pdf
from competition.entries.routes.blueprints import team as bp
from competition.entries.service import drafts, submission
from competition.kernel import clock
from competition.kernel.data.ids import new_code
from competition.kernel.errors import IllegalMove, Missing, StaleVersion
from competition.kernel.files.inspection import REASONS
from competition.kernel.text.numbers import whole
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import seen_version


@bp.get("/my/entries/<entry_code>/review")
@requires(Permission.ENTRY_READ)
def review(entry: Entry) -> ResponseReturnValue:
    """Everything as judges and organizers will read it, what is missing, and the button that counts."""
    return review_page(entry, clock.now())


def review_page(entry: Entry, now: datetime, *, status: int = 200, error: str = "") -> ResponseReturnValue:
    files = files_of(entry.id)
    spec = form_queries.spec_of(entry.call)
    can_edit = editable(entry, entry.call, now)
    answers, profile = shape.complete_shape(entry.draft), submission.profile_of(entry.team)
    current = team_queries.revision(entry.id, _number(entry)) if entry.revision_id else None
    page = render_template(
        "entries/review.html", entry=entry, call=entry.call, can_edit=can_edit, error=error,
        problems=submission.preflight(entry.draft, spec, profile, files) if can_edit else [], files=files,
        reasons=REASONS, parts=plain_answers.parts(answers, spec),
        profile=plain_answers.profile(profile),
        slots=fields.SLOTS, receives=receives(entry.call, now), why=drafts.why_closed(entry.call, now),
        revision=current, revisions=team_queries.revisions(entry.id) if current else [],
        unchanged=current is not None and entry.state == "submitted" and current.digest == _digest(entry, files),
        key=new_code(20), may_withdraw=may_withdraw(entry, now),
    )
    return page, status


def may_withdraw(entry: Entry, now: datetime) -> bool:
    """Whether this person is offered to take the entry back."""
    return entry.state == "submitted" and receives(entry.call, now) and (
        team_queries.role_of(current_actor().id, entry.team_id) == "lead"
    )


def _number(entry: Entry) -> int:
    return entry.revision.number if entry.revision is not None else 0


def _digest(entry: Entry, files: list[FileLine]) -> str:
    kept = shape.final(entry.draft, submission.profile_of(entry.team))
    return shape.digest(kept, submission.listed(files))


@bp.post("/my/entries/<entry_code>/submit")
@requires(Permission.ENTRY_SUBMIT)
def submit(sent: Sending) -> ResponseReturnValue:
    """The one request that counts: short, repeatable, decided by when it arrived."""
    if request.form.get("signed") != "y":
        return _look_again(sent, 422, _("Please confirm the statement above the button; it is your signature."))
    try:
        outcome = submission.submit(
            entry=sent, version=seen_version(request.form.get("version")), key=request.form.get("key", "")[:64],
            actor=current_actor(), received_at=g.received_at, now=clock.now(),
        )
    except submission.Incomplete:
        return _look_again(sent, 422)
    except StaleVersion:
        return _look_again(sent, 409, _(
            "The entry was changed since you opened this page. Look it over again: below is what is stored now."))
    if outcome.late:
        flash(_("This came too late and was not received. It arrived on %(when)s; the deadline and its grace had "
                "passed.", when=g.received_at.strftime("%Y-%m-%d %H:%M:%S.%f UTC")), "bad")
        return redirect(url_for(".review", entry_code=sent.code), 303)
    return redirect(url_for(".receipt", entry_code=sent.code, revision=outcome.revision), 303)


def _look_again(sent: Sending, status: int, error: str = "") -> ResponseReturnValue:
    entry = loading.my_entry(current_actor(), sent.code)
    if entry is None:
        raise Missing("")
    return review_page(entry, clock.now(), status=status, error=error)


def _revision(entry: Entry) -> Revision:
    asked = whole(request.args.get("revision", ""))
    found = team_queries.revision(entry.id, _number(entry) if asked is None else asked)
    if found is None:
        raise Missing("")
    return found


@bp.get("/my/entries/<entry_code>/receipt")
@requires(Permission.ENTRY_READ)
def receipt(entry: Entry) -> ResponseReturnValue:
    """The receipt of a revision, the newest unless one is asked for."""
    revision, now = _revision(entry), clock.now()
    return render_template(
        "entries/receipt.html", entry=entry, call=entry.call, revision=revision,
        facts=receipt_facts(entry, revision), states=team_queries.file_states(revision.files), slots=fields.SLOTS,
        reasons=REASONS, receives=receives(entry.call, now), may_withdraw=may_withdraw(entry, now),
    )


@bp.get("/my/entries/<entry_code>/receipt.pdf")
@requires(Permission.ENTRY_READ)
def receipt_document(entry: Entry) -> ResponseReturnValue:
    """The same receipt for the files, in the reader's language."""
    revision = _revision(entry)
    response = Response(receipt_pdf(entry, revision), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{entry.code}-{revision.number}.pdf"'
    return response


@bp.post("/my/entries/<entry_code>/withdraw")
@requires(Permission.ENTRY_WITHDRAW)
def withdraw(entry: Entry) -> ResponseReturnValue:
    """Take the entry back; it can be submitted again until the deadline where the call allows it."""
    try:
        submission.withdraw(entry=entry, actor=current_actor(), received_at=g.received_at, now=clock.now())
    except IllegalMove as error:
        return review_page(entry, clock.now(), status=409, error=str(error.message))
    flash(_("The entry is withdrawn. Judges will not see it."), "good")
    return redirect(url_for(".review", entry_code=entry.code), 303)
