"""The digest of a publication: whatever its page says that is the publication's own is under it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from competition.calls.models import Call
from competition.decisions.models import Publication
from competition.decisions.service import publication as publication_module
from competition.decisions.service.decisions import apply, listing_digest
from competition.decisions.service.publication import publish
from competition.decisions.service.selection import request_selection
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.results.models import Run
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, make_user
from tests.factories.calls import make_programme
from tests.factories.results import make_judged

SHEETS = {
    "AAA1": {1: (9, 9), 2: (8, 9), 3: (9, 8), 4: (7, 9)}, "BBB2": {1: (6, 7), 2: (5, 6), 3: (6, 6), 4: (7, 5)},
}


@pytest.fixture
def publication(app: Flask, run_jobs: Callable[[], list[str]]) -> Publication:
    organizer = make_user()
    actor = actor_of(organizer)
    code = make_judged(make_programme(organizer), SHEETS, lead=make_user(), pass_mark=70, slots=1, trim_from=9,
                       budget_minor=0, award_cap_minor=None).code

    def do(command: Callable[..., Any], **options: Any) -> None:
        with transaction.write():
            call = db.session.scalars(select(Call).where(Call.code == code)).one()
            command(call=call, actor=actor, now=clock.now(), **options)
        run_jobs()

    def select_best(*, call: Call, **options: Any) -> None:
        request_selection(programme=call.programme, call_codes=[code], basis="official", threshold=None,
                          must=(), exclude=(), **options)

    do(request_run)
    do(select_best)
    do(apply, checked=listing_digest(db.session.scalars(select(Call.id).where(Call.code == code)).one()))
    do(publish, note={"en": "Objections: see the annex."})
    return db.session.scalars(select(Publication)).one()


@pytest.mark.parametrize(("column", "other"), [
    ("note", {"en": "Objections are not taken."}), ("reason", {"en": "A slip."}), ("number", 2),
    ("facts", {}), ("published_at", timedelta(seconds=1)), ("notice_until", timedelta(days=1)),
])
def test_every_word_of_a_version_is_under_its_digest(publication: Publication, column: str, other: Any) -> None:
    run = db.session.get_one(Run, publication.run_id)
    with db.session.no_autoflush:
        assert publication_module.publication_digest(publication, run, None) == publication.digest
        before = getattr(publication, column)
        setattr(publication, column, before + other if isinstance(other, timedelta) else other)
        changed = publication_module.publication_digest(publication, run, None)
    db.session.rollback()
    assert len(changed) == 64
    assert changed != publication.digest
