"""Commands on drafts: beginning an entry and saving it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Uuid, func, literal, select, update

from competition.calls import independence
from competition.calls.lifecycle import phase
from competition.calls.models import Call
from competition.entries.answers import Answers, empty
from competition.entries.call_window import CallWindow
from competition.entries.models import Entry, Membership, Team
from competition.entries.queries.entry_row import EntryRow
from competition.entries.team_events import notify_growth
from competition.extensions import db
from competition.kernel.data import audit, canonical
from competition.kernel.data.constraints import refused_as
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import IllegalMove, Missing, RuleBroken, StaleVersion
from competition.kernel.text.i18n import moment
from competition.kernel.web.access import Actor

DRAFT_BYTES = 400_000


def why_closed(call: Call, at: datetime) -> str:
    """Why a call takes nothing at this instant, in one sentence."""
    zone = call.programme.zone
    current_phase = phase(call, at)
    if current_phase == "upcoming" and call.opens_at is not None:
        return _("Entries open on %(when)s.", when=moment(call.opens_at, zone))
    if current_phase == "cancelled":
        return _("This call was cancelled. It takes no entries.")
    if call.deadline_at is not None:
        return _("Entries closed on %(when)s.", when=moment(call.deadline_at, zone))
    return _("This call takes no entries now.")


def start(*, call: Call, team: Team, actor: Actor, now: datetime) -> Entry:
    """Begin a team's entry to a call.

    Raises
    ------
    RuleBroken
        When the call is not open, the team has an entry to it, or has as many open ones as the call allows, or one
        of its members decides on entries to the call.
    """
    if not CallWindow.of(call).receives(now):
        raise RuleBroken(why_closed(call, now))
    db.session.execute(select(Team.id).where(Team.id == team.id).with_for_update())
    if db.session.get(Membership, (team.id, actor.id)) is None:
        raise Missing("")
    _check_independent(call, team, actor)
    other_entries = db.session.scalar(
        select(func.count()).select_from(Entry).join(Call, Call.id == Entry.call_id).where(
            Entry.team_id == team.id, Entry.state != "withdrawn", Call.state == "published",
            Call.deadline_at > now, Call.id != call.id,
        )
    ) or 0
    if other_entries >= call.open_calls_per_team:
        raise RuleBroken(_("This team already has entries to %(count)s open calls, which is the most that this call "
                           "allows. Withdraw one first, or enter with another team.", count=other_entries),
                         field="team")
    entry = Entry(
        id=new_id(), call_id=call.id, team_id=team.id, code=new_code(), state="draft", draft=empty(), version=1,
        created_at=now, saved_at=now, saved_by=actor.id,
    )
    with refused_as({"uq_entry_call_id_team_id": ("team", _(
        "This team already has an entry to this call. Each team enters a call once."
    ))}):
        db.session.add(entry)
    audit.record("entry.started", chain=call.id, subject=entry.id, actor_id=actor.id, now=now, code=entry.code)
    notify_growth(team.id, now)
    return entry


def _check_independent(call: Call, team: Team, actor: Actor) -> None:
    """Refuse a team one of whose members has a role in the programme or a seat on the panel of the call.

    The others are not told who, nor which of the two.
    """
    part = independence.TEAM
    independence.check(part, user_id=actor.id, programme_id=call.programme_id, call_id=call.id, field="team")
    members = select(Membership.user_id).where(
        Membership.team_id == team.id,
        independence.tied(part, Membership.user_id, literal(call.programme_id, Uuid), literal(call.id, Uuid)),
    )
    if db.session.scalar(members.limit(1)) is not None:
        raise RuleBroken(independence.OF_A_MEMBER, field="team")


def save(*, entry: Entry, call: Call, answers: Answers, version: int, actor: Actor, now: datetime) -> int:
    """Store the whole form; returns the new version.

    Saving again what is stored already succeeds whatever version the page had: a lost reply may be
    repeated.

    Raises
    ------
    IllegalMove
        When the entry takes no changes any more.
    StaleVersion
        When it was saved elsewhere since the page was made; carries both texts.
    RuleBroken
        When the whole is absurdly long.
    """
    if not CallWindow.of(call).editable(entry.state, now):
        raise IllegalMove(_("This entry can’t be changed any more. %(why)s", why=why_closed(call, now)))
    encoded = canonical.encode(answers)
    if len(encoded) > DRAFT_BYTES:
        raise RuleBroken(_("This is too long altogether. Move details into a file."))
    if encoded == canonical.encode(entry.draft):
        return entry.version
    saved = db.session.execute(
        update(Entry).where(Entry.id == entry.id, Entry.version == version)
        .values(draft=answers, version=version + 1, saved_at=now, saved_by=actor.id)
        .execution_options(synchronize_session=False)
    )
    if saved.rowcount != 1:  # type: ignore[attr-defined]
        db.session.refresh(entry)
        raise stale(entry, answers)
    return version + 1


def stale(entry: Entry | EntryRow, answers: dict[str, Any]) -> StaleVersion:
    return StaleVersion(
        _("This entry was saved elsewhere in the meantime: in another tab, or by another member."),
        mine=answers, theirs=entry.draft, version=entry.version,
    )
