"""The audit page of a call: events of every slice in the reader's words, the code beside them."""

from __future__ import annotations

import re
from html import unescape

from flask import Flask

from competition.kernel import clock
from competition.kernel.data import audit, transaction
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import make_call, make_programme
from tests.pages import unindented

ROW = re.compile(r'<th scope="row">(.*?)<small class="code">(.*?)</small>')


def test_events_of_later_slices_are_said_in_the_readers_language(app: Flask) -> None:
    organizer = make_user()
    call = make_call(make_programme(organizer))
    with transaction.write():
        for action in ("call.published", "conflict.declared", "results.published", "pilot.agree", "of.tomorrow"):
            audit.record(action, chain=call.id, subject=call.code, actor_id=organizer.id, now=clock.now())
    expected = {
        "en": ["Pilot agreed", "Results published", "Judge declared a conflict of interest", "Call published"],
        "zh": ["试点协议已达成", "结果已公布", "评审专家申报了利益冲突", "征集已发布"],
        "ko": ["실증 협약 체결", "결과 공개", "평가위원이 이해충돌 신고", "공모 공개"],
    }
    client, sentences = client_of(app, organizer), {}
    for lang in expected:
        rows = ROW.findall(unescape(unindented(client.get(f"/{lang}/organizer/calls/{call.code}/audit").text)))
        assert [code for _words, code in rows] == [
            "of.tomorrow", "pilot.agree", "results.published", "conflict.declared", "call.published"
        ]
        assert rows[0][0] == "of.tomorrow"  # no slice declared it
        sentences[lang] = [words for words, _code in rows[1:]]
    assert sentences == expected
