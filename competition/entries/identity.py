"""Where the texts of an entry name its team, for calls that are judged without names.

Texts are compared in NFKC, without case and without invisible characters. A term in letters that are written with
spaces between words stands alone ("Lattice" is not in "latticed"); one in Chinese or Japanese signs, or in Hangul, may
touch its neighbours, because nothing separates words there or a particle follows, and spaces within it do not count.

What is too short or too common to tell anything is no term: single names of people below four letters, ordinary words
such as "Hope", one sign, domains of mail providers. Two signs count only where no other sign touches them. Names that
are misspelt, abbreviated or translated are not noticed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l

from competition.entries.plain_answers import Unit

TERMS_SHOWN = 4  # of one field
KINDS: dict[str, Any] = {
    "team": _l("your team"),
    "partner": _l("a partner"),
    "person": _l("a person of your team"),
    "email": _l("an e-mail address"),
    "domain": _l("a web address"),
    "number": _l("a registration number"),
    "phone": _l("a telephone number"),
}
SIGNS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
SIGN = re.compile(f"[{SIGNS}]")
LETTER = rf"(?:(?![{SIGNS}])\w)"  # of a script that separates words
LEGAL_FORM = re.compile(
    r"(?:[\s,]+(?:co\.?[\s,]*)?(?:ltd|limited|inc|incorporated|llc|gmbh|ag|corp|corporation|plc|bv|sa|srl|pte|pty|co)\.?)+$"
    r"|(?:股份|责任)?有限(?:责任)?公司$|주식회사$|\(주\)$|^주식회사\s*|^\(주\)\s*"
)
# One word that is also a name, or is in the name of every second team, tells nothing by itself.
COMMON = frozenset({
    "grace", "hope", "mark", "will", "rose", "june", "april", "august", "summer", "grant", "frank", "chase",
    "faith", "dawn", "iris", "ivy", "joy", "lily", "max", "miles", "page", "pearl", "penny", "pierce", "ray",
    "rich", "robin", "rusty", "sage", "skye", "sunny", "victor", "victory", "wade", "ward", "young", "king",
    "long", "major", "team", "group", "data", "city", "urban", "smart", "open", "civic", "public", "digital",
    "cloud", "future", "global", "green", "local", "service", "platform", "solution", "solutions", "system",
    "systems", "research", "university", "institute", "company", "network", "studio", "labs", "technology", "团队",
    "公司", "大学", "城市", "数据", "平台", "智能", "科技", "研究院", "实验室", "政府", "未来",
    "팀", "회사", "대학교", "도시", "데이터", "플랫폼", "연구소",
})
PROVIDERS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com",
    "proton.me", "protonmail.com", "gmx.de", "gmx.net", "web.de", "mail.ru", "qq.com", "foxmail.com", "163.com",
    "126.com", "yeah.net", "sina.com", "sina.cn", "sohu.com", "aliyun.com", "139.com", "189.cn", "naver.com",
    "daum.net", "hanmail.net", "kakao.com", "nate.com",
})
EMAIL = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
PHONE = re.compile(
    r"(?<![\w.+])(?:\+\d{1,3}[ ()-]{0,2}(?:\d[ ()-]{0,2}){7,11}\d"
    r"|1[3-9]\d[ -]?\d{4}[ -]?\d{4}|01[016-9]-?\d{3,4}-?\d{4})(?!\w|[.,]\d)"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that tells who the team is. ``kind`` is a key of :data:`KINDS`, ``text`` what is looked for."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Naming:
    """A field that names the team: its key and label, the terms in it, and how many more there are."""

    key: str
    label: str
    terms: tuple[Term, ...]
    more: int = 0


def folded(text: str) -> str:
    """A text as it is compared: NFKC without case, invisible characters and double spaces."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    seen = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return " ".join(seen.split())


def terms_of(
    profile: dict[str, str], *, people: Iterable[tuple[str, str]] = (), partners: Iterable[str] = ()
) -> tuple[Term, ...]:
    """What tells who a team is.

    Parameters
    ----------
    profile
        By the keys of :data:`competition.entries.fields.PROFILE`.
    people
        Name and e-mail address of each member.
    partners
        Names of organizations.
    """
    listed = [*people, (profile.get("signatory", ""), profile.get("contact", ""))]
    terms = [term for key in ("name", "native_name") for term in _organization("team", profile.get(key, ""))]
    terms += [term for name in partners for term in _organization("partner", name)]
    for name, address in listed:
        terms += [*_person(name), *_address(address)]
    number = re.sub(r"[\s-]", "", folded(profile.get("registration_number", "")))
    if len(number) >= 6 and any(char.isdigit() for char in number):
        terms.append(Term("number", number))
    return tuple(dict.fromkeys(terms))


def _organization(kind: str, name: str) -> list[Term]:
    """The name, and the name without its legal form."""
    full = folded(name)
    names = dict.fromkeys([full, LEGAL_FORM.sub("", full).strip(" ,")])
    return [Term(kind, text) for text in names if _tells(text)]


def _person(name: str) -> list[Term]:
    """The full name in both orders; a single name only when it is no ordinary word."""
    words = folded(name).split()
    orders = dict.fromkeys([" ".join(words), " ".join([*words[-1:], *words[:-1]])])
    return [Term("person", text) for text in orders if _tells(text)]


def _address(address: str) -> list[Term]:
    text = folded(address)
    if not EMAIL.fullmatch(text):
        return []
    domain = text.rpartition("@")[2]
    return [Term("email", text)] + ([] if domain in PROVIDERS else [Term("domain", domain)])


def _tells(text: str) -> bool:
    """Whether a folded name is long and rare enough to tell anything."""
    signs = len(SIGN.findall(text))
    if text in COMMON or (" " not in text and not signs and len(text) < 4):
        return False
    return signs >= 2 or len(text.replace(" ", "")) >= 4


def mentions(text: str, terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms that occur in a text, in their order there, each once; then other e-mail and telephone numbers.

    A term that only occurs inside a longer one ("Lattice" in "Lattice Ltd") is left out.
    """
    plain = folded(text)
    may_occur = (term for term in terms if all(word in plain for word in _words(term)))
    spans = [(match.span(), term) for term in may_occur for match in _pattern(term).finditer(plain)]
    spans += [(match.span(), Term("email", match[0])) for match in EMAIL.finditer(plain)]
    spans += [(match.span(), Term("phone", match[0])) for match in PHONE.finditer(plain)]
    spans.sort(key=lambda item: (item[0][0], -item[0][1]))
    occurring: list[Term] = []
    end = -1
    for (_start, stop), term in spans:
        if stop > end:
            end = stop
            occurring.append(term)
    return tuple(dict.fromkeys(occurring))


def _words(term: Term) -> list[str]:
    """What stands in a text wherever the term does, for a fast first look: a large team has hundreds of terms."""
    return [] if term.kind == "number" else SIGN.sub(" ", term.text).split()


@lru_cache(maxsize=512)
def _pattern(term: Term) -> re.Pattern[str]:
    if term.kind == "number":
        return re.compile(rf"(?<!{LETTER})" + r"[\s-]?".join(map(re.escape, term.text)) + rf"(?!{LETTER})")
    if term.kind == "domain":  # also with names of hosts before it
        return re.compile(rf"(?<![a-z0-9-]){re.escape(term.text)}(?![a-z0-9-]|\.[a-z0-9])")
    if term.kind == "email":
        return re.compile(rf"(?<![a-z0-9._%+-]){re.escape(term.text)}(?![a-z0-9-]|\.[a-z0-9])")
    return re.compile(_edge(term.text, 0, "<!") + _name(term.text) + _edge(term.text, -1, "!"))


def _edge(text: str, at: int, look: str) -> str:
    """What may not touch a name at one end."""
    if not SIGN.fullmatch(text[at]):
        return rf"(?{look}{LETTER})" if re.fullmatch(r"\w", text[at]) else ""
    return rf"(?{look}[{SIGNS}])" if len(text) == 2 else ""


def _name(text: str) -> str:
    """A name with any or no space between signs, and some space between words."""
    parts: list[str] = []
    for before, char in zip(" " + text, text, strict=False):
        if char == " ":
            continue
        if before == " " and parts:
            parts.append(r"[\s.·-]*" if SIGN.fullmatch(char) else r"[\s.·_-]+")
        elif SIGN.fullmatch(before) and SIGN.fullmatch(char):
            parts.append(r"\s*")
        parts.append(re.escape(char))
    return "".join(parts)


def namings(texts: Iterable[Unit], terms: Sequence[Term]) -> list[Naming]:
    """The texts that name the team, one line a field, each with the first few terms."""
    lines = []
    for part in texts:
        occurring = mentions(part.text, terms)
        if occurring:
            more = max(0, len(occurring) - TERMS_SHOWN)
            lines.append(Naming(part.key, part.label, occurring[:TERMS_SHOWN], more))
    return lines
