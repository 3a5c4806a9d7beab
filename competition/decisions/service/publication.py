"""The command that makes a call's result public, and each correction of it the next version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, insert, literal, select

from competition.calls.lifecycle import CALL
from competition.calls.models import Call
from competition.decisions.calendar import period_end
from competition.decisions.followers import followers
from competition.decisions.models import Decision, Publication, PublishedDecision
from competition.decisions.queries.calendar import calendar
from competition.decisions.queries.decisions import decided_on
from competition.decisions.queries.published import current_publication
from competition.decisions.queries.selections import basis_of
from competition.decisions.queries.version_comparison import Change, comparison_with
from competition.decisions.service import decisions
from competition.decisions.service.outdated import check_to_publish
from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.canonical import digest
from competition.kernel.data.ids import new_id
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.jobs import outbox
from competition.kernel.text.languages import SOURCE
from competition.kernel.web.access import Actor
from competition.results.models import Run, RunEntry
from competition.results.queries.runs import latest_run

BINS = 10
CHANGES_MOST = 500
NAMED = frozenset({"selected", "reserve"})  # outcomes with which a team is named in public


@dataclass(frozen=True)
class AnnounceArguments:
    """The publication about which teams and judges get mail."""

    publication: UUID


ANNOUNCE = outbox.Kind("decisions.announce", AnnounceArguments)


def preview_digest(call: Call) -> str:
    """Digest of what the publish page shows: the decisions as they are now and the version they would replace."""
    current = current_publication(call.id)
    return digest("publishing/1", [decisions.listing_digest(call.id), 0 if current is None else current.number])


def publish(
    *, call: Call, note: dict[str, str], reason: dict[str, str] | None = None, seen: str | None = None,
    actor: Actor, now: datetime,
) -> Publication:
    """Publish the applied decisions of a call: its first version, or the next one that replaces it.

    Later slices that follow a publication, such as pilots, change in the same transaction.

    The notice lasts the call's working days in the programme's zone and calendar. A correction that changes
    a decision, an outcome or an award, begins it anew; one that changes none lets it run on.

    Parameters
    ----------
    reason
        Why the version before is replaced, by language, in public; a first version has none.
    seen
        :func:`preview_digest` of what the organizer has read; None when nobody had to read it.

    Raises
    ------
    IllegalMove
        When the call's decisions are not applied.
    RuleBroken
        When the decisions stand on an older aggregation than the latest, or differ from what was read;
        a correction without a reason; a changed decision that a later slice has built on;
        :class:`Outdated` when the run has not read what counts now.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    run, counts, before = latest_run(call.id), _counts(call.id), current_publication(call.id)
    step = "publish_results" if before is None else "correct_results"
    if run is None or not CALL.may(call, step) or not counts or set(counts) != {"applied"}:
        raise IllegalMove(_("A result is published from applied decisions. Apply them first."))
    changed = [] if before is None else comparison_with(before).decided
    for follower in followers():
        follower.check(call, changed)
    if decided_on(call.id) != {run.id}:
        raise RuleBroken(_("The scores were aggregated again after these decisions. Reopen them and select again."))
    if seen is not None and seen != preview_digest(call):
        raise RuleBroken(_("The decisions changed since this page was shown. Read it again and publish then."))
    if before is not None and not any((reason or {}).values()):
        raise RuleBroken(_("Write why the published version is replaced. The reason is public."),
                         field=f"reason_{SOURCE.code}")
    check_to_publish(call, run)
    publication = _version(call, run, before, changed, note, reason or {}, actor, now)
    publication.facts = _facts(call, run, counts["applied"], changed)
    if (basis := basis_of(call)) is not None:
        publication.facts["basis"] = basis
    if before is not None and _same(before, publication):
        raise RuleBroken(_("Nothing differs from the published version. Change a decision or the note, or discard the "
                           "correction."))
    _store(publication, run, before)
    CALL.advance(call, step)
    call.version += 1
    if publication.restarted:
        call.notice_at = now
    decisions.advance_all(call.id, "publish", actor, now)
    outbox.add(ANNOUNCE, AnnounceArguments(publication=publication.id), key=str(publication.id), now=now)
    _record(call, publication, run, len(changed), actor, now)
    for follower in followers():
        follower.follow(call, publication, changed, actor, now)
    return publication


def _store(publication: Publication, run: Run, before: Publication | None) -> None:
    """Add the version with a copy of the decisions; then its digest, which covers both."""
    publication.digest = ""
    db.session.add(publication)
    db.session.flush()
    _copy_decisions(publication)
    publication.digest = publication_digest(publication, run, before)


def _version(
    call: Call, run: Run, before: Publication | None, changed: Sequence[Change], note: dict[str, str],
    reason: dict[str, str], actor: Actor, now: datetime,
) -> Publication:
    """The row of a version without its facts and digest; decides whether the notice begins anew or runs on."""
    restarted = before is None or bool(changed)
    until = before.notice_until if before is not None and not restarted else period_end(
        now, call.notice_working_days, call.programme.zone, calendar(call.programme_id)
    )
    return Publication(
        id=new_id(), call_id=call.id, run_id=run.id, number=1 if before is None else before.number + 1, note=note,
        reason={} if before is None else {lang: text for lang, text in reason.items() if text},
        published_at=now, published_by=actor.id, notice_until=until, restarted=restarted,
    )


COMPARING_FACTS = frozenset({"changed", "changes"})  # facts about the version before


def _same(before: Publication, after: Publication) -> bool:
    """Whether a version would publish exactly what the one before it published."""
    facts = [{k: v for k, v in version.facts.items() if k not in COMPARING_FACTS} for version in (before, after)]
    return (
        before.run_id == after.run_id and before.note == after.note and facts[0] == facts[1]
        and not after.facts["changed"] and not comparison_with(before).ranks
    )


def publication_digest(publication: Publication, run: Run, before: Publication | None) -> str:
    """SHA-256 over what is published and over the version that it replaces: the versions are a chain."""
    published = PublishedDecision
    rows = db.session.execute(
        select(Entry.code, published.team, published.native_name, published.country, published.outcome,
               published.award_minor, published.reason)
        .join(Entry, Entry.id == published.entry_id).where(published.publication_id == publication.id)
        .order_by(Entry.code)
    )
    return digest("publication/4", {
        "run": run.result_digest, "decisions": [list(row) for row in rows], "facts": publication.facts,
        "number": publication.number, "note": publication.note, "reason": publication.reason,
        "published_at": publication.published_at, "notice_until": publication.notice_until,
        "replaces": None if before is None else before.digest,
    })


def _copy_decisions(publication: Publication) -> None:
    """Copy the decisions into the version, each with its team's name of this day."""
    columns = [
        "publication_id", "entry_id", "team", "native_name", "country", "proposed", "outcome", "proposed_award_minor",
        "award_minor", "value", "band", "reason", "decided_by", "decided_at",
    ]
    db.session.execute(insert(PublishedDecision).from_select(columns, (
        select(
            literal(publication.id, Publication.id.type), Decision.entry_id, Team.name, Team.native_name, Team.country,
            Decision.proposed, Decision.outcome, Decision.proposed_award_minor, Decision.award_minor, Decision.value,
            Decision.band, Decision.reason, Decision.decided_by, Decision.decided_at,
        )
        .select_from(Decision).join(Entry, Entry.id == Decision.entry_id).join(Team, Team.id == Entry.team_id)
        .where(Decision.call_id == publication.call_id)
    )))


def _record(
    call: Call, publication: Publication, run: Run, changed: int, actor: Actor, now: datetime
) -> None:
    facts: dict[str, Any] = {
        "run": run.number, "result": run.result_digest, "publication": publication.digest,
        "notice_until": publication.notice_until, "number": publication.number,
    }
    if publication.number > 1:
        facts |= {"reason": publication.reason, "changed": changed, "notice_restarted": publication.restarted}
    action = "results.published" if publication.number == 1 else "results.corrected"
    audit.record(action, chain=call.id, subject=call.code, actor_id=actor.id, now=now, **facts)


def _counts(call_id: UUID) -> dict[str, dict[str, int]]:
    """State → outcome → how many decisions."""
    rows = db.session.execute(
        select(Decision.state, Decision.outcome, func.count())
        .where(Decision.call_id == call_id).group_by(Decision.state, Decision.outcome)
    )
    counts: dict[str, dict[str, int]] = {}
    for state, outcome, count in rows:
        counts.setdefault(state, {})[outcome] = count
    return counts


def _facts(call: Call, run: Run, outcomes: dict[str, int], changed: Sequence[Change]) -> dict[str, Any]:
    """What the public page shows besides the decisions: counts, the number of official scores in each of ten
    classes of ten points, the call's texts as they are now, and which decisions changed."""
    scores = db.session.scalars(
        select(RunEntry.official_value).where(RunEntry.run_id == run.id, RunEntry.official_value.is_not(None))
    )
    bins = [0] * BINS
    for score in scores:
        bins[min(max(int(score or 0) // 10, 0), BINS - 1)] += 1
    unranked = db.session.scalar(
        select(func.count()).where(RunEntry.run_id == run.id, RunEntry.rank.is_(None))
    )
    return {
        "entries": run.n_entries, "judges": run.n_judges, "sheets": run.n_sheets, "unranked": unranked or 0,
        "selected": outcomes.get("selected", 0), "reserve": outcomes.get("reserve", 0),
        "not_selected": outcomes.get("not_selected", 0), "bins": bins, "method": run.method,
        "slots": call.slots, "notice_days": call.notice_working_days, "contact": call.contact, "title": call.title,
        "owner": call.owner, "changed": len(changed), "changes": [_public(change) for change in changed[:CHANGES_MOST]],
    }


def _public(change: Change) -> dict[str, Any]:
    """A changed decision on the public page; teams that were or are selected or on the reserve list are named."""
    return {
        "code": change.code, "team": change.team if {change.before, change.after} & NAMED else "",
        "before": change.before, "after": change.after, "award_before": change.award_before,
        "award_after": change.award_after,
    }
