"""Rejecting an entry at the eligibility check, and standing by it after an objection: two persons sign each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from competition.calls.models import Call
from competition.entries.models import Entry
from competition.entries.service.team_mail import mail_members
from competition.extensions import db
from competition.judging.lifecycle import ELIGIBILITY
from competition.judging.queries.eligibility import REJECT, UPHOLD
from competition.judging.service.eligibility import HeldCheck, hold, set_outcome
from competition.kernel import signing
from competition.kernel.data import audit
from competition.kernel.data.models import Signature
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.web.access import Actor, Permission


@dataclass(frozen=True)
class Rejection:
    """What is signed: the entry, and the reason or reply that its team reads."""

    call: str
    entry: str
    text: str


def propose_rejection(*, call: Call, entry_code: str, reason: str, actor: Actor, now: datetime) -> Signature:
    """Ask a second person to sign that an entry may not take part; the team reads the reason once it is signed."""
    if not reason.strip():
        raise RuleBroken(_("Say why: the team reads it."), field="reason")
    case = hold(call, entry_code)
    _check_step(case, "reject")
    if case.check.state == "asked" and case.check.answer_until is not None and now <= case.check.answer_until:
        raise IllegalMove(_("The team still has time to answer. Wait until the time is over."))
    return _propose(REJECTION, call, entry_code, reason.strip(), actor, now)


def propose_upholding(*, call: Call, entry_code: str, reply: str, actor: Actor, now: datetime) -> Signature:
    """Ask a second person to sign that a rejection stands although the team objected; the team reads the reply."""
    if not reply.strip():
        raise RuleBroken(_("Answer the objection: the team reads it."), field="reply")
    _check_step(hold(call, entry_code), "uphold")
    return _propose(UPHOLDING, call, entry_code, reply.strip(), actor, now)


def _check_step(case: HeldCheck, step: str) -> None:
    if not ELIGIBILITY.may(case.check, step):
        raise IllegalMove(_("This entry is decided already. Reload the page."))


def _propose(
    act: signing.Act[Rejection], call: Call, entry_code: str, text: str, actor: Actor, now: datetime
) -> Signature:
    return signing.propose(
        act=act, payload=Rejection(call.code, entry_code, text), programme_id=call.programme_id, chain=call.id,
        subject=entry_code, reason=text, actor=actor, now=now,
    )


def _reject(rejection: Rejection, approval: signing.Approval) -> None:
    call = _call_of(rejection)
    case, now = hold(call, rejection.entry), approval.now
    ELIGIBILITY.advance(case.check, "reject")
    check = case.check
    check.reason, check.decided_at = rejection.text, now
    check.answer_until = now + timedelta(days=call.answer_days)
    check.version += 1
    set_outcome(case, "stopped", rejection.text, actor_id=approval.signed_by, now=now)
    audit.record("eligibility.rejected", chain=call.id, subject=case.entry.code, actor_id=approval.signed_by, now=now,
                 until=check.answer_until, **approval.facts())
    mail_members(case.entry, "judging/eligibility_rejected", now=now, reason=rejection.text, until=check.answer_until)


def _uphold(rejection: Rejection, approval: signing.Approval) -> None:
    case, now = hold(_call_of(rejection), rejection.entry), approval.now
    ELIGIBILITY.advance(case.check, "uphold")
    case.check.reply, case.check.decided_at = rejection.text, now
    case.check.version += 1
    audit.record("eligibility.upheld", chain=case.entry.call_id, subject=case.entry.code, actor_id=approval.signed_by,
                 now=now, **approval.facts())
    mail_members(case.entry, "judging/eligibility_upheld", now=now, reply=rejection.text)


def _call_of(rejection: Rejection) -> Call:
    call = db.session.scalar(select(Call).where(Call.code == rejection.call))
    if call is None:
        raise Missing("")
    return call


def _inputs(rejection: Rejection) -> dict[str, Any]:
    """What the second person relies on: the entry as received, and the check as it was when it was proposed."""
    case = hold(_call_of(rejection), rejection.entry)
    revision = db.session.scalar(select(Entry.revision_id).where(Entry.id == case.entry.id))
    return {
        "revision": str(revision), "state": case.check.state, "version": case.check.version, "marks": case.check.marks,
    }


def _describe(rejection: Rejection) -> signing.Description:
    return signing.Description(
        facts=((_("Call"), rejection.call), (_("Entry"), rejection.entry), (_("The team reads"), rejection.text)),
        url=url_for(
            "judging_organizer.eligibility_entry", call_code=rejection.call, entry_code=rejection.entry
        ),
    )


def _target(rejection: Rejection) -> dict[str, Any]:
    return {"call_code": rejection.call}


REJECTION = signing.register(signing.Act(
    kind=REJECT, title=_l("Reject an entry at the eligibility check"), payload=Rejection,
    permission=Permission.ELIGIBILITY_MANAGE, target=_target, describe=_describe, inputs=_inputs, apply=_reject,
))
UPHOLDING = signing.register(signing.Act(
    kind=UPHOLD, title=_l("Uphold a rejection after the team objected"), payload=Rejection,
    permission=Permission.ELIGIBILITY_MANAGE, target=_target, describe=_describe, inputs=_inputs, apply=_uphold,
))
