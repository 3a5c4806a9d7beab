"""Telling teams and judges that a result is out: by mail, exactly once per version and person.

The first job splits the people into parts of :data:`PART`; each part is a job of its own, which writes its
mails in the transaction that marks it done. A killed worker repeats a part that was not done, never one that was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from competition.calls.models import Call
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.jobs import mail, outbox
from competition.results import words
from competition.results.models import Publication
from competition.results.queries import told
from competition.results.queries.told import Letter
from competition.results.service.publishing import TELL

TELL_PART = "results.tell_part"
PART = 50
Part = tuple[str, int, Sequence[UUID]]


@outbox.handler(TELL)
def tell(job: outbox.Job) -> outbox.Effects:
    """Find out whom to tell, and promise one job per part of them."""
    publication = db.session.get_one(Publication, UUID(job.payload["publication"]))
    publication_id = str(publication.id)
    judges = told.panel(publication) if publication.number == 1 else []  # thanked once, whatever is corrected
    parts = [*_parts("team", told.members(publication)), *_parts("judge", judges)]

    def effects() -> dict[str, int]:
        now = clock.now()
        for role, at, people in parts:
            outbox.add(TELL_PART, key=f"{publication_id}:{role}:{at}", now=now, payload={
                "publication": publication_id, "role": role, "people": [str(person) for person in people],
            })
        return {"people": sum(len(people) for _role, _at, people in parts)}

    return effects


def _parts(role: str, people: Sequence[UUID]) -> Iterator[Part]:
    return ((role, at, people[at:at + PART]) for at in range(0, len(people), PART))


@outbox.handler(TELL_PART)
def tell_part(job: outbox.Job) -> outbox.Effects:
    """Write to some people, each in their own language."""
    publication_id, role = UUID(job.payload["publication"]), job.payload["role"]
    publication = db.session.get_one(Publication, publication_id)
    people = [UUID(person) for person in job.payload["people"]]
    letters = (told.member_letters if role == "team" else told.judge_letters)(publication, people)

    def effects() -> dict[str, int]:
        found = db.session.get_one(Publication, publication_id)
        call = db.session.get_one(Call, found.call_id)
        for letter in letters:
            _write(letter, role, call, found, clock.now())
        return {"letters": len(letters)}

    return effects


def _write(letter: Letter, role: str, call: Call, publication: Publication, now: datetime) -> None:
    template = "results/published" if role == "team" else "results/thanks"
    mail.send(template, to=letter.email, lang=letter.locale, now=now, letter=letter, call=call,
              publication=publication, outcome=words.outcome,
              on_notice=publication.notice_until > publication.published_at)
