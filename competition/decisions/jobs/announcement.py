"""Mail to teams and judges about a published result, exactly once per version and person.

The first job splits the recipients into batches of :data:`BATCH`; each batch is a job of its own, which writes its
mails in the transaction that marks it done. A killed worker repeats a batch that was not done, never one that was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from competition.calls.models import Call
from competition.decisions import labels
from competition.decisions.models import Publication
from competition.decisions.queries import recipients
from competition.decisions.queries.recipients import Letter
from competition.decisions.service.publication import ANNOUNCE, AnnounceArguments
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data.batches import batches
from competition.kernel.jobs import mail, outbox

BATCH = 50


@dataclass(frozen=True)
class BatchArguments:
    """Some recipients of the mail about a publication; ``role``: ``team`` or ``judge``."""

    publication: UUID
    role: str
    people: Sequence[UUID]


ANNOUNCE_BATCH = outbox.Kind("decisions.announce_batch", BatchArguments)


@outbox.handler(ANNOUNCE)
def announce(_job: outbox.Job, arguments: AnnounceArguments) -> outbox.Effects:
    """Find the recipients and add one job for each batch of them."""
    publication = db.session.get_one(Publication, arguments.publication)
    judges = recipients.panel(publication) if publication.number == 1 else []  # thanked once, not at a correction
    parts = [*_parts(publication.id, "team", recipients.members(publication)),
             *_parts(publication.id, "judge", judges)]

    def effects() -> dict[str, int]:
        now = clock.now()
        for key, part in parts:
            outbox.add(ANNOUNCE_BATCH, part, key=key, now=now)
        return {"people": sum(len(part.people) for _key, part in parts)}

    return effects


def _parts(publication_id: UUID, role: str, people: Sequence[UUID]) -> Iterator[tuple[str, BatchArguments]]:
    """Key and arguments of the job of each batch; the key holds the index of its first recipient."""
    for number, batch in enumerate(batches(people, BATCH)):
        key = f"{publication_id}:{role}:{number * BATCH}"
        yield key, BatchArguments(publication=publication_id, role=role, people=batch)


@outbox.handler(ANNOUNCE_BATCH)
def announce_batch(_job: outbox.Job, arguments: BatchArguments) -> outbox.Effects:
    """Write to a batch of people, each in their own language."""
    publication = db.session.get_one(Publication, arguments.publication)
    find_letters = recipients.member_letters if arguments.role == "team" else recipients.judge_letters
    letters = find_letters(publication, arguments.people)

    def effects() -> dict[str, int]:
        published = db.session.get_one(Publication, arguments.publication)
        call = db.session.get_one(Call, published.call_id)
        for letter in letters:
            _write(letter, arguments.role, call, published, clock.now())
        return {"letters": len(letters)}

    return effects


def _write(letter: Letter, role: str, call: Call, publication: Publication, now: datetime) -> None:
    template = "decisions/published" if role == "team" else "decisions/thanks"
    mail.send(template, to=letter.email, locale=letter.locale, now=now, letter=letter, call=call,
              publication=publication, outcome=labels.outcome,
              on_notice=publication.notice_until > publication.published_at)
