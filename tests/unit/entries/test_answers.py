"""A form becomes answers and back without loss; any text whatever is survived."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from competition.entries import answers as shape
from competition.entries import fields

SPEC = shape.Terms(
    currency="CNY", award_cap_minor=30_000_000, min_trl=5, partners_max=2, pilot_days=150,
    kpis=(shape.Kpi("k1", {"en": "Noticed"}, "%", "30", "85", ""),),
    questions=(shape.Question("q1", {"en": "Why?"}, {}, "long_text", (), True, 500),),
)
NAMES = [
    *fields.TEXTS, "kpi.k1.target", "kpi.k1.how", "custom.q1", "maturity.trl", "quote", "own_funds", "support_wanted",
    *(f"{name}-{n}-{c.name}" for name, columns in fields.ROWS.items() for n in (0, 1, 7) for c in columns),
]
FORMS = st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60) | st.sampled_from(["5", "12,5", "50%", "FI"]))


def parsed(form: dict[str, str], stored: dict[str, Any] | None = None) -> shape.Answers:
    return shape.parse(MultiDict(form), SPEC, stored or shape.empty())


@given(FORMS)
@example({"summary": "", "partners-1-country": "0 0"})
@example({"summary": "", "milestones-0-days": "a" * 59 + " b"})
def test_what_the_form_shows_parses_to_the_same_answers(form: dict[str, str]) -> None:
    once = parsed(form)
    shown = {**shape.typed(once, "CNY"), "support_wanted": ""}
    again = shape.parse(MultiDict([*shown.items(), *(("support_wanted", key) for key in once["support_wanted"])]),
                        SPEC, once)
    assert again == once
    assert set(once) == set(shape.empty())


@given(FORMS)
def test_a_digest_of_any_answers(form: dict[str, str]) -> None:
    answers = shape.final(parsed(form), {"name": "x"})
    assert "raw" not in answers
    assert shape.digest(answers, []) == shape.digest(dict(reversed(answers.items())), [])
    assert shape.digest(answers, []) != shape.digest(answers, [{"name": "a"}])


def test_fields_that_are_not_sent_keep_their_value() -> None:
    stored = parsed({"summary": "Kept", "quote": "12", "milestones-0-title": "First"})
    assert parsed({"risks": "New"}, stored) == {**stored, "risks": "New"}


def test_rows_close_ranks_and_stop_at_the_limit() -> None:
    form = {f"partners-{n}-name": name for n, name in ((5, "C"), (1, "A"), (2, ""), (3, "B"), (9, "D"))}
    rows = parsed(form)["partners"]
    assert [row["name"] for row in rows] == ["A", "B", "C"]  # one more than allowed stays visible as an error


def test_choosing_between_two_texts() -> None:
    mine = parsed({"summary": "Mine", "quote": "nonsense", "milestones-0-title": "M", "milestones-0-days": "x",
                   "kpi.k1.how": "mine", "custom.q1": "mine", "maturity.trl": "6"})
    target = parsed({"summary": "Theirs", "quote": "5", "milestones-0-title": "T", "kpi.k1.how": "theirs",
                     "custom.q1": "theirs", "maturity.trl": "7", "risks": "theirs"})
    for unit in ("summary", "quote", "milestones", "kpi.k1.how", "custom.q1", "maturity.trl"):
        shape.take(target, mine, unit)
    assert target == {**mine, "risks": "theirs"}
