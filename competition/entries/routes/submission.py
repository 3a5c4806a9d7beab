"""Looking an entry over, submitting it, its receipt, taking it back."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.entries import fields
from competition.entries.call_window import CallWindow
from competition.entries.models import Entry, Revision
from competition.entries.queries import loading
from competition.entries.queries import team as team_queries
from competition.entries.queries.submission import EntryToSubmit
from competition.entries.receipt import receipt_facts, receipt_pdf
from competition.entries.routes.blueprints import team as bp
from competition.entries.routes.pages import may_withdraw, review_page
from competition.entries.service import submission
from competition.kernel import clock
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


@bp.post("/my/entries/<entry_code>/submit")
@requires(Permission.ENTRY_SUBMIT)
def submit(entry: EntryToSubmit) -> ResponseReturnValue:
    """The one request that counts: short, repeatable, decided by when it arrived."""
    if request.form.get("signed") != "y":
        return _review_again(entry, 422, _("Please confirm the statement above the button; it is your signature."))
    try:
        outcome = submission.submit(
            entry=entry, version=seen_version(request.form.get("version")), key=request.form.get("key", "")[:64],
            actor=current_actor(), received_at=g.received_at, now=clock.now(),
        )
    except submission.Incomplete:
        return _review_again(entry, 422)
    except StaleVersion:
        return _review_again(entry, 409, _(
            "The entry was changed since you opened this page. Look it over again: below is what is stored now."))
    if outcome.late:
        flash(_("This came too late and was not received. It arrived on %(when)s; the deadline and its grace had "
                "passed.", when=g.received_at.strftime("%Y-%m-%d %H:%M:%S.%f UTC")), "bad")
        return redirect(url_for(".review", entry_code=entry.code), 303)
    return redirect(url_for(".receipt", entry_code=entry.code, revision=outcome.revision), 303)


def _review_again(submitted: EntryToSubmit, status: int, error: str = "") -> ResponseReturnValue:
    entry = loading.my_entry(current_actor(), submitted.code)
    if entry is None:
        raise Missing("")
    return review_page(entry, clock.now(), status=status, error=error)


def _revision(entry: Entry) -> Revision:
    number = whole(request.args.get("revision", ""))
    newest = entry.revision.number if entry.revision is not None else 0
    revision = team_queries.revision(entry.id, newest if number is None else number)
    if revision is None:
        raise Missing("")
    return revision


@bp.get("/my/entries/<entry_code>/receipt")
@requires(Permission.ENTRY_READ)
def receipt(entry: Entry) -> ResponseReturnValue:
    """The receipt of a revision, the newest unless one is asked for."""
    revision, now = _revision(entry), clock.now()
    return render_template(
        "entries/receipt.html", entry=entry, call=entry.call, revision=revision,
        facts=receipt_facts(entry, revision), states=team_queries.file_states(revision.files), slots=fields.SLOTS,
        reasons=REASONS, receives=CallWindow.of(entry.call).receives(now), may_withdraw=may_withdraw(entry, now),
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
