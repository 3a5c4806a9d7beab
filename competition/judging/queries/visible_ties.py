"""Ties between judges and teams that can be seen without asking: membership, e-mail domain, organisation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from competition.accounts.models import User
from competition.entries.models import Entry, Membership, Revision, Team
from competition.extensions import db

# Domains that anybody can have an address at: they say nothing about an employer.
SHARED_DOMAINS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "yahoo.co.jp",
    "icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "orange.fr", "free.fr",
    "proton.me", "protonmail.com", "qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "sina.com",
    "sina.cn", "sohu.com", "139.com", "189.cn", "aliyun.com", "naver.com", "daum.net", "hanmail.net", "kakao.com",
    "nate.com", "uol.com.br", "rediffmail.com", "example.com", "example.net", "example.org",
})
_RESERVED = (".test", ".example", ".invalid", ".localhost")  # RFC 2606: never anybody's employer
_FORM = re.compile(
    r"\b(co|ltd|limited|inc|llc|gmbh|ag|oy|ab|sas|sarl|sa|bv|plc|corp|corporation|company|pte|ltda)\b\.?"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who might be tied to a team: a judge, or somebody about to be invited."""

    email: str
    organisation: str
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """``person`` is the position in the list that was asked about."""

    person: int
    entry_id: UUID
    entry_code: str
    team_name: str
    relation: str


def domain(email: str) -> str:
    """The domain of an address, or nothing when it is one that many employers' people share."""
    name = email.rpartition("@")[2].casefold()
    return "" if name in SHARED_DOMAINS or name.endswith(_RESERVED) else name


def normal_name(name: str) -> str:
    """An organisation's name without legal form, case, punctuation and space."""
    letters = _FORM.sub(" ", unicodedata.normalize("NFKC", name).casefold())
    letters = "".join(c for c in letters if c.isalnum())
    for ending in ("股份有限公司", "有限责任公司", "有限公司", "주식회사"):
        letters = letters.replace(ending, "")
    return letters


def ties(call_id: UUID, people: Sequence[Person]) -> list[Tie]:
    """Every tie between the people and the teams that entered the call, the strongest for each pair."""
    if not people:
        return []
    by_domain: dict[str, list[int]] = {}
    by_name: dict[str, list[int]] = {}
    by_user: dict[UUID, list[int]] = {}
    by_email: dict[str, list[int]] = {}
    for at, person in enumerate(people):
        _add(by_domain, domain(person.email), at)
        _add(by_name, normal_name(person.organisation), at)
        _add(by_email, person.email.casefold(), at)
        if person.user_id is not None:
            by_user.setdefault(person.user_id, []).append(at)
    tie_of: dict[tuple[int, UUID], Tie] = {}
    members = _members(call_id)
    for row in _teams(call_id):
        names = {normal_name(name) for name in (row.name, row.native_name, row.registration_number) if name}
        addresses = [row.contact, *(email for _user, email in members.get(row.team_id, ()))]
        hits = [
            *((at, "member") for user, email in members.get(row.team_id, ())
              for at in (*by_user.get(user, ()), *by_email.get(email.casefold(), ()))),
            *((at, "organisation") for name in names for at in by_name.get(name, ())),
            *((at, "email_domain") for address in addresses if address
              for at in by_domain.get(domain(address) or "-", ())),
            *((at, "partner") for partner in row.partners or () if isinstance(partner, dict)
              for at in by_name.get(normal_name(str(partner.get("name", ""))) or "-", ())),
        ]
        for at, relation in hits:
            tie_of.setdefault((at, row.id), Tie(at, row.id, row.code, row.name, relation))
    return sorted(tie_of.values(), key=lambda tie: (tie.person, tie.entry_code))


def _add(index: dict[str, list[int]], key: str, at: int) -> None:
    if key:
        index.setdefault(key, []).append(at)


def _teams(call_id: UUID) -> Sequence[Any]:
    query = (
        select(
            Entry.id, Entry.code, Team.id.label("team_id"), Team.name, Team.native_name, Team.registration_number,
            Team.contact, Revision.answers["partners"].label("partners"),
        )
        .join(Team, Team.id == Entry.team_id).outerjoin(Revision, Revision.id == Entry.revision_id)
        .where(Entry.call_id == call_id, Entry.state != "withdrawn").order_by(Entry.code)
    )
    return db.session.execute(query).all()


def _members(call_id: UUID) -> dict[UUID, list[tuple[UUID, str]]]:
    query = (
        select(Membership.team_id, User.id, User.email)
        .join(User, User.id == Membership.user_id).join(Entry, Entry.team_id == Membership.team_id)
        .where(Entry.call_id == call_id)
    )
    members: dict[UUID, list[tuple[UUID, str]]] = {}
    for row in db.session.execute(query):
        members.setdefault(row.team_id, []).append((row.id, row.email))
    return members
