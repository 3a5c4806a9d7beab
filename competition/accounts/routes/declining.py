"""Declining an invitation with the mail's link alone: nobody makes an account to say no."""

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
    """Whoever holds the link may decline; the answer is the same whether the address has an account or not."""
    now = clock.now()
    found = invitations.by_token(token, now)
    if found is None or not TokenForm().validate_on_submit():
        raise Missing("")
    invitations.decline_by_link(invitation=found, now=now)
    return render_template("accounts/declined.html")
