"""Declining an invitation by the link in the mail alone; no account is needed."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from competition.accounts import invitations, limits
from competition.accounts.routes.public import bp
from competition.extensions import limiter
from competition.kernel import clock
from competition.kernel.errors import Missing
from competition.kernel.web.access import Permission, requires
from competition.kernel.web.forms import TokenForm


@bp.post("/invitation/<token>/decline")
@limiter.limit(limits.PER_NETWORK, key_func=limits.network)
@requires(Permission.PUBLIC)
def invitation_decline(token: str) -> ResponseReturnValue:
    """Decline. The answer is the same whether the address has an account or not."""
    now = clock.now()
    pending = invitations.by_token(token, now)
    if pending is None or not TokenForm().validate_on_submit():
        raise Missing("")
    invitations.decline_by_link(invitation=pending, now=now)
    return render_template("accounts/declined.html")
