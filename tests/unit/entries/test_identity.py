"""Names of a team in texts: what is noticed, in which spellings, and what is too common to mean anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.entries.identity import TERMS_SHOWN, Naming, Term, folded, mentions, namings, terms_of
from competition.entries.plain_answers import Unit

PROFILE = {
    "name": "Qinghe Lattice Ltd.", "native_name": "青禾格致科技有限公司", "signatory": "Li Wei",
    "contact": "team1@qinghe-lattice.example", "registration_number": "91310-000123",
}
PEOPLE = [("李伟", "wei@qq.com"), ("김민수", "minsu@naver.com"), ("Hope", "hope@gmail.com"), ("Bo", "bo@gmail.com")]
TERMS = terms_of(PROFILE, people=PEOPLE, partners=["Harbour Data GmbH", "주식회사 한강데이터", "Data"])
TEAM, DOMAIN = Term("team", "qinghe lattice"), Term("domain", "qinghe-lattice.example")


@pytest.mark.parametrize(("text", "expected"), [
    ("We at Qinghe Lattice build it.", [TEAM]),
    ("We at QINGHE\n lattice build it.", [TEAM]),
    ("We at Ｑｉｎｇｈｅ-Lattice build it.", [TEAM]),
    ("We at Qing\u200bhe Lattice build it.", [TEAM]),
    ("Qinghe Lattice Ltd. builds it.", [Term("team", "qinghe lattice ltd.")]),
    ("Qinghe latticework", []),
    ("青禾格致科技有限公司", [Term("team", "青禾格致科技有限公司")]),
    ("我们青禾 格致科技负责", [Term("team", "青禾格致科技")]),
    ("负责人 李伟，电话", [Term("person", "李伟")]),
    ("负责人李伟大", []),
    ("김민수는 책임자입니다", [Term("person", "김민수")]),
    ("한강데이터와 함께", [Term("partner", "한강데이터")]),
    ("Our CEO Wei Li", [Term("person", "wei li")]),
    ("We hope that Bo data serve the city", []),
    ("with Harbour Data", [Term("partner", "harbour data")]),
    ("mail Team1@Qinghe-Lattice.example", [Term("email", "team1@qinghe-lattice.example")]),
    ("see https://www.qinghe-lattice.example/about", [DOMAIN]),
    ("see my-qinghe-lattice.example or qinghe-lattice.example.org", [TEAM]),  # other domains, with the name in them
    ("ask somebody@elsewhere.example", [Term("email", "somebody@elsewhere.example")]),
    ("no. 91310 000123", [Term("number", "91310000123")]),
    ("no. 913100001234", []),
    ("call +86 138 1234 5678", [Term("phone", "+86 138 1234 5678")]),
    ("전화 010-1234-5678", [Term("phone", "010-1234-5678")]),
    ("2026-2030, 12,000,000 users, 99.95 %, 20260101", []),
])
def test_what_is_noticed(text: str, expected: list[Term]) -> None:
    assert list(mentions(text, TERMS)) == expected


def test_providers_of_mail_and_ordinary_words_are_no_terms() -> None:
    texts = {term.text for term in TERMS}
    assert not texts & {"qq.com", "naver.com", "gmail.com", "hope", "bo", "data"}


def test_a_term_is_listed_once_a_field_and_long_lists_are_cut() -> None:
    people = [(f"Person{chr(97 + at)} Surname", "") for at in range(6)]
    terms = terms_of({}, people=people)
    text = " and ".join(name for name, _address in [*people, *people])
    (line,) = namings([Unit("summary", "Summary", text), Unit("risks", "Risks", "none")], terms)
    assert (line.key, line.label, len(line.terms), line.more) == ("summary", "Summary", TERMS_SHOWN, 2)
    assert namings([Unit("risks", "Risks", "none")], terms) == []
    assert namings([Unit("risks", "Risks", people[0][0])], terms) == [
        Naming("risks", "Risks", (Term("person", "persona surname"),))
    ]


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_name_is_noticed_wherever_it_stands_alone(before: str, after: str) -> None:
    assert any(term.kind == "team" for term in mentions(f"{before} | 青禾格致科技有限公司 | {after}", TERMS))


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_and_any_name_can_be_sought(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    mentions(text, terms_of({"name": text, "contact": text, "registration_number": text}, people=[(text, text)]))
