"""Rules that need no database: lifecycles, when scores are taken, ties by name and domain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from competition.judging.labels import progress_key
from competition.judging.lifecycle import ASSIGNMENT, SEAT, SHEET, entries_closed, scoring_open
from competition.judging.queries.visible_ties import domain, normal_name
from competition.kernel.data.lifecycle import Lifecycle
from competition.kernel.errors import IllegalMove

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("lifecycle", "permitted"), [
    (SEAT, {("accept", "invited"), ("decline", "invited"), ("invite_again", "declined"), ("invite_again", "removed"),
            ("remove", "invited"), ("remove", "accepted")}),
    (ASSIGNMENT, {("clear", "assigned"), ("recuse", "assigned"), ("recuse", "cleared"), ("undo_recusal", "recused"),
                  ("remove", "assigned"), ("remove", "cleared"), ("remove", "recused"), ("assign_again", "removed")}),
    (SHEET, {("submit", "draft"), ("reopen", "submitted")}),
])
def test_only_the_listed_steps_are_possible(lifecycle: Lifecycle, permitted: set[tuple[str, str]]) -> None:
    done = set()
    for action in lifecycle.steps:
        for state in lifecycle.states:
            try:
                lifecycle.advance(SimpleNamespace(state=state), action)
                done.add((action, state))
            except IllegalMove:
                continue
    assert done == permitted


def test_scores_are_taken_from_the_end_of_grace_until_results() -> None:
    at = NOON + timedelta(seconds=60)
    assert not scoring_open("published", NOON, 60, at)  # received at the last instant of grace still counts
    assert scoring_open("published", NOON, 60, at + timedelta(microseconds=1))
    assert not scoring_open("published", None, 60, at)
    assert scoring_open("judging", NOON + timedelta(days=9), 60, NOON)
    assert [state for state in ("draft", "notice", "piloting", "archived", "cancelled")
            if scoring_open(state, NOON, 0, at)] == []
    assert entries_closed("notice", NOON, 0, NOON)
    assert not entries_closed("draft", NOON, 0, at)


@pytest.mark.parametrize(("email", "key"), [
    ("a@Lab.example.cn", "lab.example.cn"), ("a@gmail.com", ""), ("a@qq.com", ""), ("a@example.test", ""),
    ("a@team.example", ""), ("a@naver.com", ""), ("a@qinghe.cn", "qinghe.cn"),
])
def test_only_a_domain_of_ones_own_tells_an_employer(email: str, key: str) -> None:
    assert domain(email) == key


@pytest.mark.parametrize(("one", "other"), [
    ("Qinghe Lattice Ltd.", "QINGHE  LATTICE"), ("清河格栅有限公司", "清河格栅"), ("주식회사 달별", "달별"),
    ("Kidekaari Oy", "kidekaari"), ("Ｑｉｎｇｈｅ", "qinghe"),
])
def test_names_are_compared_without_legal_form(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other) != ""


def test_different_names_stay_different() -> None:
    assert normal_name("Qinghe Lattice") != normal_name("Qinghe Loom")


def test_one_word_for_an_assignment() -> None:
    assert [progress_key(*pair) for pair in (
        ("assigned", "waiting"), ("cleared", "waiting"), ("cleared", "draft"), ("cleared", "submitted"),
        ("recused", "out"), ("removed", "out"),
    )] == ["assigned", "cleared", "draft", "submitted", "recused", "removed"]
