"""Mail to teams and judges about a published result, exactly once per version and person.

The first job splits the recipients into batches of :data:`BATCH`; each batch is a job of its own, which writes its
mails in the transaction that marks it done. A killed worker repeats a batch that was not done, never one that was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from competition.calls.models import Call
from competition.decisions import labels
from competition.decisions.models import Publication
from competition.decisions.queries import recipients
from competition.decisions.queries.recipients import Letter
from competition.decisions.service.publication import ANNOUNCE
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.jobs import mail, outbox

ANNOUNCE_BATCH = "results.tell_part"
BATCH = 50
Batch = tuple[str, int, Sequence[UUID]]


@outbox.handler(ANNOUNCE)
def announce(job: outbox.Job) -> outbox.Effects:
    """Find the recipients and add one job for each batch of them."""
    publication = db.session.get_one(Publication, UUID(job.payload["publication"]))
    publication_id = str(publication.id)
    judges = recipients.panel(publication) if publication.number == 1 else []  # thanked once, not at a correction
    batches = [*_batches("team", recipients.members(publication)), *_batches("judge", judges)]

    def effects() -> dict[str, int]:
        now = clock.now()
        for role, at, people in batches:
            outbox.add(ANNOUNCE_BATCH, key=f"{publication_id}:{role}:{at}", now=now, payload={
                "publication": publication_id, "role": role, "people": [str(person) for person in people],
            })
        return {"people": sum(len(people) for _role, _at, people in batches)}

    return effects


def _batches(role: str, people: Sequence[UUID]) -> Iterator[Batch]:
    return ((role, at, people[at:at + BATCH]) for at in range(0, len(people), BATCH))


@outbox.handler(ANNOUNCE_BATCH)
def announce_batch(job: outbox.Job) -> outbox.Effects:
    """Write to a batch of people, each in their own language."""
    publication_id, role = UUID(job.payload["publication"]), job.payload["role"]
    publication = db.session.get_one(Publication, publication_id)
    people = [UUID(person) for person in job.payload["people"]]
    letters = (recipients.member_letters if role == "team" else recipients.judge_letters)(publication, people)

    def effects() -> dict[str, int]:
        published = db.session.get_one(Publication, publication_id)
        call = db.session.get_one(Call, published.call_id)
        for letter in letters:
            _write(letter, role, call, published, clock.now())
        return {"letters": len(letters)}

    return effects


def _write(letter: Letter, role: str, call: Call, publication: Publication, now: datetime) -> None:
    template = "decisions/published" if role == "team" else "decisions/thanks"
    mail.send(template, to=letter.email, lang=letter.locale, now=now, letter=letter, call=call,
              publication=publication, outcome=labels.outcome,
              on_notice=publication.notice_until > publication.published_at)
