"""The command that completes a call: after its notice, when no correction is open and its pilots have ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _

from competition.calls.lifecycle import CALL
from competition.calls.models import Call
from competition.calls.service.change_log import Texts, check_change, log_change
from competition.calls.service.edit_checks import locked
from competition.decisions.followers import followers
from competition.decisions.queries.decisions import being_decided
from competition.decisions.queries.published import current_publication
from competition.kernel.data import audit
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.text.i18n import moment
from competition.kernel.web.access import Actor


def obstacles(call: Call, now: datetime) -> list[str]:
    """What keeps a call from being completed now, each in a sentence; they hold as long as the call is locked."""
    return list(_obstacles(call, now))


def _obstacles(call: Call, now: datetime) -> Iterator[str]:
    publication = current_publication(call.id)
    if publication is not None and now <= publication.notice_until:
        yield _("The public notice lasts until %(when)s.", when=moment(publication.notice_until, call.programme.zone))
    if being_decided(call):
        yield _("The result is being corrected. Publish the correction or discard it first.")
    for follower in followers():
        yield from follower.obstacles(call)


def complete(*, call: Call, change: Texts, actor: Actor, now: datetime) -> None:
    """Complete a call: its result and its pilots stay public as they are. ``change``, a text in every language, becomes
    the last line of the call's public change log.

    Raises
    ------
    IllegalMove
        When the call has no published result, or is completed already.
    RuleBroken
        While its notice lasts, its result is being corrected or a pilot has not ended; without a line in every
        language of the programme.
    """
    locked(call)
    if not CALL.may(call, "archive"):
        raise IllegalMove(_("A call is completed once its result is public, and once only. Reload the page."))
    reasons = obstacles(call, now)
    if reasons:
        raise RuleBroken(reasons[0])
    texts = check_change(call.programme.languages, change)
    before = CALL.advance(call, "archive")
    call.version += 1
    log_change(call, texts, ["state"], actor_id=actor.id, now=now)
    audit.record("call.archived", chain=call.id, subject=call.code, actor_id=actor.id, now=now, before=before,
                 reason=texts)
