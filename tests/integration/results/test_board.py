"""The pages of a run's board."""

from __future__ import annotations

from competition.calls.models import Call
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.results.queries.board import board
from competition.results.queries.runs import latest_run
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, make_user
from tests.factories.calls import make_programme
from tests.factories.results import make_many


def test_pages_follow_each_other(app, run_jobs):
    organizer = make_user()
    call = make_many(make_programme(organizer), 230, 9, 3)
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(organizer), now=clock.now())
    run_jobs()
    run = latest_run(call.id)
    for sort in ("rank", "-official", "calibrated", "-spread"):
        codes, cursor = [], None
        while True:
            page = board(run.id, sort=sort, cursor=cursor)
            codes += [line.code for line in page.lines]
            cursor = page.next
            if cursor is None:
                break
        assert len(codes) == len(set(codes)) == 230, sort
