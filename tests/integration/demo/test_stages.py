"""The demo call with several stages stands in the midst of its life, with a page for each of them."""

from __future__ import annotations

from flask import Flask

from competition.accounts.models import User
from competition.calls import queries
from competition.calls.models import Call
from competition.demo.load import load
from competition.demo.plan import DEFENCE_PLACES, STAGED_CALL
from competition.extensions import db
from competition.judging.queries.stages import participants_count
from competition.kernel import clock
from tests.factories.accounts import sign_in


def test_the_staged_call_has_come_to_its_defence(app: Flask) -> None:
    with app.test_request_context("/en/"):
        load(now=clock.now(), report=lambda _done, _total, _what: None)
    call = db.session.query(Call).filter_by(code=STAGED_CALL).one()
    stages = queries.stages(call.id)
    assert [(stage.kind, stage.state) for stage in stages] == [
        ("eligibility", "closed"), ("desk_review", "closed"), ("defence", "open")]
    assert [participants_count(stage) for stage in stages] == [9, 9, DEFENCE_PLACES]
    organizer = db.session.query(User).filter_by(email="organizer@example.test").one()
    desk, visitor = sign_in(app.test_client(), organizer), app.test_client()
    base = f"organizer/calls/{STAGED_CALL}"
    for lang in ("en", "zh", "ko"):
        assert visitor.get(f"/{lang}/calls/{STAGED_CALL}").status_code == 200
        for page in ("stages", "edit/stages", "edit/criteria?stage=2", "stages/2/advance", "results?stage=2",
                     "results", "progress?stage=2", "progress", "assignments", "assignments?stage=2", "panel"):
            assert desk.get(f"/{lang}/{base}/{page}").status_code == 200, (lang, page)
    page = visitor.get(f"/en/calls/{STAGED_CALL}").text
    assert "Teams defend their entries before the panel." in page
    assert "The score is 40% of the score of “Desk review” and 60% of the score of this stage." in page
