"""Commands by which judges and organizers talk about an entry: flag it, answer the flag."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Call
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.labels import FLAGS
from competition.judging.models import Assignment, Flag, Seat
from competition.judging.queries.panel import organizers_of
from competition.judging.queries.tasks import Task
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor

TEXT_MOST = 2000


def check_text(text: str, field: str) -> str:
    """The text without outer space.

    Raises
    ------
    RuleBroken
        When it is empty or too long.
    """
    text = text.strip()
    if not text:
        raise RuleBroken(_("Say in a sentence what it is."), field=field)
    if len(text) > TEXT_MOST:
        raise RuleBroken(_("Please shorten this to %(most)s characters.", most=TEXT_MOST), field=field)
    return text


def raise_flag(*, task: Task, kind: str, text: str, actor: Actor, now: datetime) -> Flag:
    """Tell the organizers something about an entry, or ask them to reopen the own sheet.

    Raises
    ------
    RuleBroken
        For an unknown kind, or without words.
    IllegalMove
        For a request to reopen a sheet that is not submitted.
    """
    if kind not in FLAGS:
        raise RuleBroken(_("Choose what it is about."), field="kind")
    text = check_text(text, "text")
    if kind == "reopen" and not task.submitted:
        raise IllegalMove(_("These scores are not submitted: you can change them."))
    flag = Flag(id=new_id(), assignment_id=task.id, code=new_code(12), kind=kind, text=text, raised_at=now)
    db.session.add(flag)
    audit.record(
        "flag.raised", chain=task.call_id, subject=task.code, actor_id=actor.id, now=now, seat=task.seat_number,
        entry=task.entry_code, kind=kind, text=text,
    )
    call = db.session.get_one(Call, task.call_id)
    for email, locale in organizers_of(call.programme_id):
        mail.send(
            "judging/flagged", to=email, locale=locale, now=now, call=call, seat=task.seat_number,
            entry=task.entry_code, kind=FLAGS[kind], text=text,
        )
    return flag


def answer(*, call: Call, flag_code: str, note: str, actor: Actor, now: datetime) -> None:
    """Close a flag with a note that its judge reads.

    Raises
    ------
    Missing
        When the call has no such flag.
    RuleBroken
        Without a note.
    IllegalMove
        When it is answered already.
    """
    row = db.session.execute(
        select(Flag, Assignment.code, Seat, Entry.code.label("entry"))
        .join(Assignment, Assignment.id == Flag.assignment_id).join(Seat, Seat.id == Assignment.seat_id)
        .join(Entry, Entry.id == Assignment.entry_id)
        .where(Flag.code == flag_code, Seat.call_id == call.id).with_for_update(of=Flag)
    ).one_or_none()
    if row is None:
        raise Missing("")
    flag, assignment_code, seat, entry_code = row
    if flag.answered_at is not None:
        raise IllegalMove(_("This has been answered already."))
    flag.answer, flag.answered_at, flag.answered_by = check_text(note, "reason"), now, actor.id
    audit.record(
        "flag.answered", chain=call.id, subject=assignment_code, actor_id=actor.id, now=now, seat=seat.number,
        entry=entry_code, kind=flag.kind, note=flag.answer,
    )
    locale = db.session.scalar(select(User.locale).where(User.id == seat.user_id))
    if locale is not None:
        mail.send(
            "judging/flag_answered", to=seat.email, locale=locale, now=now, name=seat.name, call=call,
            entry=entry_code, code=assignment_code, kind=FLAGS[flag.kind], note=flag.answer,
        )
