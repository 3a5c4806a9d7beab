"""Languages in the URL, times with their zone, money with its currency."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_currency, get_currency_precision, get_decimal_symbol, get_group_symbol
from flask import g, has_request_context, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup

from competition.kernel.text.languages import BY_LOCALE, LANGUAGES, SOURCE, Language

# Code → the language's name in the reader's language.
LANGUAGE_LABELS = {code: lazy_gettext(language.label) for code, language in LANGUAGES.items()}
# Offered in forms: the district's own zone first, then where teams have come from.
ZONES = (
    "Asia/Shanghai", "Asia/Seoul", "Asia/Tokyo", "Asia/Singapore", "Asia/Kolkata", "Europe/London",
    "Europe/Berlin", "Europe/Paris", "Europe/Helsinki", "Africa/Nairobi", "America/Sao_Paulo",
    "America/New_York", "America/Los_Angeles", "UTC",
)
MINUS = "\u2212"  # as wide as a plus and a digit; a hyphen is neither


def lang() -> str:
    """The code of the language of this request: that of the URL, else the reader's own, else the browser's.

    Workers and commands have no request: they use English unless ``force_locale`` says otherwise.
    """
    context = g._get_current_object()  # read some forty times a page: no proxy in between
    code: str | None = context.__dict__.get("lang")
    if code is None:
        in_url, accepted = _requested() if has_request_context() else (None, None)
        code = context.lang = in_url or _own() or accepted or SOURCE.code
    return code


def _requested() -> tuple[str | None, str | None]:
    """The language in the address, also where no page is there, and the one that the browser prefers."""
    first = request.path.split("/", 2)[1]
    return first if first in LANGUAGES else None, request.accept_languages.best_match(list(LANGUAGES))


def _own() -> str | None:
    """The language of the reader's account."""
    actor = g.get("actor")
    own = BY_LOCALE.get(actor.locale) if actor is not None and actor.locale else None
    return own.code if own else None


def language() -> Language:
    """The language of this request."""
    return LANGUAGES[lang()]


def locale() -> str:
    """Babel's name of the language of this request."""
    return language().locale


def zone() -> str:
    """The reader's zone; until they have chosen one, the district's."""
    actor = g.get("actor")
    return (actor.zone if actor is not None and actor.zone else None) or ZONES[0]


def lang_links(rest: str | None = None) -> list[tuple[str, str, str, str]]:
    """The present page in every language: code, the language's own name, its HTML tag, address.

    The first part of a page's path is its language, so nothing needs to be built from the route.
    ``rest``: what stands for everything after the language, by default :func:`lang_rest`.
    """
    after = lang_rest() if rest is None else rest
    return [
        (code, language.name, language.tag, f"{request.script_root}/{code}{after}")
        for code, language in LANGUAGES.items()
    ]


def lang_rest() -> str:
    """The present address after its language; that of the home page where a page has no language."""
    if "lang" not in (request.url_rule.arguments if request.url_rule else ()):
        return "/"
    query = request.query_string.decode("ascii", "replace")
    return quote(request.path[3:], safe="/:@!$&'()*+,;=~-._") + (f"?{query}" if query else "")


def text_in(texts: dict[str, str] | None, code: str | None = None) -> str:
    """A published text in the reader's language, else in English, else in whichever there is."""
    if not texts:
        return ""
    return texts.get(code or lang()) or texts.get(SOURCE.code) or next(iter(texts.values()), "")


@lru_cache(maxsize=64)
def _city(name: str, locale_name: str) -> str:
    from babel.dates import get_timezone_location

    return get_timezone_location(name, locale=Locale.parse(locale_name), return_city=True)


def offset_text(at: datetime, zone_name: str) -> str:
    """``UTC+8``, ``UTC+5:30``: the offset that holds at that instant in that zone."""
    minutes = int((at.astimezone(ZoneInfo(zone_name)).utcoffset() or at.utcoffset()).total_seconds()) // 60  # type: ignore[union-attr]
    sign = "+" if minutes >= 0 else "-"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"


@lru_cache(maxsize=4096)
def _moment(at: datetime, zone_name: str, locale_name: str) -> str:
    language = BY_LOCALE[locale_name]
    pattern = f"{language.date}{language.date_time_gap}HH:mm"
    local = format_datetime(at, pattern, tzinfo=ZoneInfo(zone_name), locale=locale_name)
    return f"{local} {_city(zone_name, locale_name)} ({offset_text(at, zone_name)})"


def moment(at: datetime, zone_name: str | None = None) -> str:
    """``30 Sep 2026, 18:00 Shanghai (UTC+8)``."""
    return _moment(at.astimezone(UTC), zone_name or zone(), locale())


def localtime(at: datetime | None, zone_name: str | None = None) -> Markup:
    """A ``<time>`` element; the page's script adds the reader's own time."""
    if at is None:
        return Markup("")
    return _localtime(at.astimezone(UTC), zone_name or zone(), locale())


@lru_cache(maxsize=4096)
def _localtime(at: datetime, zone_name: str, locale_name: str) -> Markup:
    return Markup('<time datetime="{}" data-zone="{}">{}</time>').format(
        at.isoformat(), zone_name, _moment(at, zone_name, locale_name)
    )


def yours(at: datetime, zone_name: str | None = None) -> str:
    """The same instant in the zone of the reader's account, named: ``your time 30 Sep 2026, 12:00 Berlin (UTC+2)``.

    Nothing for readers without an account (the page's script tells them by their machine's clock), and nothing where
    both clocks show the same.
    """
    actor, shown = g.get("actor"), zone_name or zone()
    if actor is None or not actor.zone:
        return ""
    mine, theirs = (at.astimezone(ZoneInfo(name)).utcoffset() for name in (actor.zone, shown))
    return "" if mine == theirs else _("your time %(time)s", time=moment(at, actor.zone))


def has_zone() -> bool:
    """Whether the reader's account says their zone."""
    actor = g.get("actor")
    return actor is not None and bool(actor.zone)


def stamp(at: datetime, now: datetime, zone_name: str | None = None) -> Markup:
    """When something was saved, short: ``17:48 (UTC+8)``, with the date unless that is today.

    In the zone named, as the page's script says what is saved later (``stamp`` in ``static/src/lib/words.js``). Without
    one: in the zone of the reader's account, and the script says it in that of the reader's machine.
    """
    own_zone = ZoneInfo(zone_name or zone())
    local = at.astimezone(own_zone)
    text = f"{local:%H:%M} ({offset_text(at, own_zone.key)})"
    if local.date() != now.astimezone(own_zone).date():
        pattern = language().short_date + language().date_time_gap
        text = format_datetime(local, pattern, tzinfo=own_zone, locale=locale()) + text
    named = f'="{own_zone.key}"' if zone_name else ""
    return Markup(f'<time datetime="{at.astimezone(UTC).isoformat()}" data-stamp{named}>{text}</time>')  # noqa: S704 - no text of people's


def day(at: datetime | None, zone_name: str | None = None) -> Markup:
    """A ``<time>`` element that shows only the date in that zone; the full instant is its title."""
    if at is None:
        return Markup("")
    name = zone_name or zone()
    text = format_datetime(at, language().date, tzinfo=ZoneInfo(name), locale=locale())
    element = Markup('<time datetime="{}" title="{}">{}</time>')
    return element.format(at.astimezone(UTC).isoformat(), moment(at, name), text)


def city(zone_name: str) -> str:
    """What a zone is called by people: ``Shanghai``."""
    return _city(zone_name, locale())


def money(minor: int | None, currency: str) -> str:
    """An amount in minor units with its currency: ``CN¥1,200,000``."""
    if minor is None:
        return ""
    return _money(minor, currency, locale())


@lru_cache(maxsize=4096)
def _money(minor: int, currency: str, locale_name: str) -> str:
    digits = get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-digits)
    whole = amount == amount.to_integral_value()
    return format_currency(
        amount, currency, locale=locale_name, currency_digits=not whole,
        format="¤#,##0" if whole else None,
    )


def number(value: float | Decimal | None, digits: int = 2) -> str:
    """A number for reading, at most ``digits`` decimals; rounding happens nowhere else.

    A table of results says thousands of them: Python groups, the locale only names the two signs.
    """
    if value is None:
        return "–"
    rounded = round(Decimal(str(value)), digits) or Decimal(0)  # without the sign of a zero
    plain = f"{rounded:,.{digits}f}".replace("-", MINUS)
    group, point = _signs(locale())
    return plain if (group, point) == (",", ".") else plain.translate({ord(","): group, ord("."): point})


@lru_cache(maxsize=8)
def _signs(locale_name: str) -> tuple[str, str]:
    where = Locale.parse(locale_name)
    return get_group_symbol(where), get_decimal_symbol(where)


def file_size(count: int) -> str:
    """``20.0 MB``: decimal units, as storage is sold and limits are written."""
    if count < 1000:
        return _("%(n)s B", n=count)
    for unit, size in (("kB", 10**3), ("MB", 10**6)):
        if count < size * 1000:
            return f"{number(count / size, 1)} {unit}"
    return f"{number(count / 10**9, 1)} GB"
