"""The signatures of a programme: what one organizer has proposed and another has to sign."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.models import Programme
from competition.calls.queries import signatures
from competition.calls.routes.blueprints import organizer as bp
from competition.kernel import clock, signing
from competition.kernel.data.models import Signature
from competition.kernel.errors import DomainError, Missing
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import NoteForm, TokenForm


@bp.get("/programmes/<programme_code>/signatures")
@requires(Permission.SIGNATURE_READ)
def signatures_page(programme: Programme) -> ResponseReturnValue:
    """What waits for a signature, what was signed, and which steps need two persons at all."""
    return _page(programme)


def _page(
    programme: Programme, *, refused: str = "", turning_down: str = "", note: NoteForm | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    signers = [person for person in signing.circle(programme.id).people if signing.signs(person, programme.code)]
    body = render_template(
        "calls/organizer/signatures.html", programme=programme, waiting=signatures.waiting(programme.id, actor),
        past=signatures.past(programme.id, actor), people=signers,
        acts=signing.registered(), refused=refused, turning_down=turning_down, note=note or NoteForm(formdata=None),
        state_labels=_state_labels(),
    )
    return body, 422 if refused or note is not None else 200


def _state_labels() -> dict[str, str]:
    return {
        "signed": _("Signed and done"), "withdrawn": _("Withdrawn"), "expired": _("Not signed in time"),
        "void": _("Void: something changed"),
    }


def _signature(programme: Programme, code: str) -> Signature:
    signature = signatures.signature_of(programme.id, code)
    if signature is None:
        raise Missing("")
    return signature


@bp.post("/programmes/<programme_code>/signatures/<signature_code>/sign")
@requires(Permission.PROGRAMME_MANAGE)
def sign(programme: Programme, signature_code: str) -> ResponseReturnValue:
    """Sign what somebody else has proposed; it is done at once."""
    signature = _signature(programme, signature_code)
    if not TokenForm().validate_on_submit():
        return _page(programme, refused=_("This form has expired. Send it again."))
    state = signing.sign(signature=signature, actor=current_actor(), now=clock.now())
    if state == "signed":
        flash(_("Signed. It is done."), "good")
    else:
        flash(_("Not signed: what was proposed has changed since. It has to be proposed anew."), "warn")
    return redirect(url_for(".signatures_page", programme_code=programme.code), 303)


@bp.post("/programmes/<programme_code>/signatures/<signature_code>/withdraw")
@requires(Permission.PROGRAMME_MANAGE)
def withdraw(programme: Programme, signature_code: str) -> ResponseReturnValue:
    """Take one's own proposal back, or turn somebody else's down with a reason."""
    signature = _signature(programme, signature_code)
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(programme, turning_down=signature_code, note=form)
    try:
        signing.withdraw(signature=signature, reason=form.reason.data or "", actor=current_actor(), now=clock.now())
    except DomainError as error:
        form.refuse(error)
        return _page(programme, turning_down=signature_code, note=form)
    flash(_("Withdrawn. Nothing was done."), "good")
    return redirect(url_for(".signatures_page", programme_code=programme.code), 303)
