"""A call's last step: what keeps it from being completed, and what stays when it is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from competition.calls.models import CallChange
from competition.decisions.models import Publication
from competition.decisions.queries.published import current_publication
from competition.decisions.service.completion import complete, obstacles
from competition.decisions.service.corrections import correct, discard
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.data.models import AuditEvent
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.text.i18n import moment
from competition.pilots.models import Pilot
from competition.pilots.service.progress import cancel
from tests.factories.accounts import client_of, make_user
from tests.factories.rewriting import rewrite
from tests.integration.decisions.test_corrections import Published
from tests.pages import unindented

WORDS = {
    "en": "Two pilots were tried; one was accepted", "zh": "两个试点，一个通过验收", "ko": "두 실증 중 하나가 승인됨",
}
FORM = {f"change_{lang}": text for lang, text in WORDS.items()}


@pytest.fixture
def call(app, run_jobs) -> Published:
    """A call whose result is public: AAA1 and BBB2 are proposed pilots."""
    return Published(app, run_jobs)


def end_the_notice() -> None:
    rewrite(update(Publication).values(notice_until=clock.now() - timedelta(minutes=1)))


def end_the_pilots(call: Published) -> None:
    """One cancelled, one accepted."""
    with transaction.write():
        first, second = db.session.scalars(select(Pilot).order_by(Pilot.code))
        cancel(pilot=first, reason="The team withdrew", actor=call.actor, now=clock.now())
        second.state = "accepted"


def test_a_call_is_completed_once_everything_of_it_has_ended(call: Published) -> None:
    codes = ", ".join(sorted(db.session.scalars(select(Pilot.code))))
    until, zone = current_publication(call.call.id).notice_until, call.call.programme.zone
    notice = f"The public notice lasts until {moment(until, zone)}."
    pilots = f"These pilots have not ended: {codes}. Accept, cancel or end them first."
    correction = "The result is being corrected. Publish the correction or discard it first."
    call.do(correct, reason="An objection")
    assert obstacles(call.call, clock.now()) == [notice, correction, pilots]
    with pytest.raises(RuleBroken, match="public notice lasts"):
        call.do(complete, change=WORDS)
    end_the_notice()
    assert obstacles(call.call, clock.now()) == [correction, pilots]
    with pytest.raises(RuleBroken, match="being corrected"):
        call.do(complete, change=WORDS)
    call.do(discard)
    with pytest.raises(RuleBroken, match="have not ended"):
        call.do(complete, change=WORDS)
    end_the_pilots(call)
    assert obstacles(call.call, clock.now()) == []
    with pytest.raises(RuleBroken) as refused:
        call.do(complete, change={"en": "Over"})
    assert refused.value.field == "change_zh"
    version = call.call.version
    call.do(complete, change=WORDS)
    assert (call.call.state, call.call.version) == ("archived", version + 1)
    change = db.session.scalars(select(CallChange).where(CallChange.call_id == call.call.id)).one()
    assert (change.summary, change.fields, change.actor_id) == (WORDS, ["state"], call.organizer.id)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "call.archived")).one()
    assert (event.subject, event.data) == (call.code, {"before": "notice", "reason": WORDS})
    assert audit.verify(call.call.id) == []
    for command, options in ((complete, {"change": WORDS}), (correct, {"reason": "Too late"})):
        with pytest.raises(IllegalMove):
            call.do(command, **options)


def test_pages_of_completing(app, call: Published) -> None:
    client, base = client_of(app, call.organizer), f"/en/organizer/calls/{call.code}"
    url = f"{base}/complete"
    assert f'href="{url}"' in client.get(base).text
    page = client.get(url).text
    codes = sorted(db.session.scalars(select(Pilot.code)))
    assert re.findall(r'href="/en/organizer/pilots/(\w+)"', page) == codes
    assert "What has to end first" in page
    assert f'action="{url}"' not in page
    assert client.post(url, data=FORM).status_code == 422
    end_the_notice()
    end_the_pilots(call)
    assert f'action="{url}"' in client.get(url).text
    refused = client.post(url, data={"change_en": "Over"})
    assert refused.status_code == 422
    dialog, = re.findall(r'<details class="confirm" data-confirm open>.*?</details>', refused.text, re.DOTALL)
    assert f'action="{url}"' in dialog
    assert 'value="Over"' in dialog
    assert unindented(dialog).count("in every language of the programme.</p>") == 1
    other = client_of(app, make_user())
    assert (other.get(url).status_code, other.post(url, data={"change_en": "x"}).status_code) == (404, 404)
    done = client.post(url, data=FORM)
    assert (done.status_code, done.location) == (303, base)
    page = client.get(base).text
    assert f"{call.code} is completed. Its result and its pilots stay public." in page
    assert f'href="{url}"' not in page
    assert WORDS["en"] in page
    again = client.get(url)
    assert (again.status_code, again.location) == (303, base)
    assert client.post(url, data=FORM).status_code == 303
    visitor = app.test_client()
    public = visitor.get(f"/en/calls/{call.code}").text
    assert "This call is completed." in public
    assert WORDS["en"] in public
    assert "AAA1" in visitor.get(f"/en/results/{call.code}").text
