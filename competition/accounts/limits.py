"""Rate limits of accounts and the keys they are counted by: network, account, link, recipient of mail.

Guesses are counted for the account and the network together, so that nobody locks an account whose owner is
elsewhere; a browser that has signed in to the account before (:mod:`competition.accounts.trusted_browsers`)
counts by itself.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from flask import Response, request
from flask_limiter.util import get_remote_address

from competition.accounts import half_sessions, trusted_browsers
from competition.kernel.data.ids import token_hash
from competition.kernel.text import emails
from competition.kernel.web.access import current_actor

WRONG = frozenset({404, 410, 422})  # not 429: what another limit refuses uses this one up no further
PER_NETWORK = "30 per 15 minutes"
PER_TRY = "10 per 15 minutes"
# From browsers that the account does not know, wherever they are; counted last, so that tries which another
# limit refuses don't use it up.
PER_ACCOUNT = "100 per hour"
PER_RECIPIENT = "10 per 15 minutes;40 per day"
PER_INVITED = "5 per hour;10 per day"
PER_INVITER = "30 per hour;90 per day"


def failed(response: Response) -> bool:
    """Whether a try was wrong: only these are counted, so that nobody is stopped by colleagues who sign in."""
    return response.status_code in WRONG


def typed_address() -> str:
    """The address in the form: every spelling that signs in to an account is the same one."""
    typed = request.form.get("email", "")[:320]
    return emails.normalize(typed) or typed.strip().casefold()


def network() -> str:
    """Where the request comes from. A subscriber has a whole /64 of IPv6 addresses (RFC 6177), so that is one."""
    remote = get_remote_address()
    try:
        address = ip_address(remote)
    except ValueError:  # a name that the proxy gave
        return remote
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def account() -> str:
    return f"account:{typed_address()}"


def guesser() -> str:
    """The key of attempts to sign in: the account with the browser that it knows, else with the network."""
    browser = trusted_browsers.browser_of(typed_address())
    return f"{account()} from {f'browser {browser}' if browser else network()}"


def known_browser() -> bool:
    return trusted_browsers.browser_of(typed_address()) is not None


def recipient() -> str:
    return mail_to(typed_address())


def mail_to(address: str) -> str:
    return f"mail:{address}"


def link() -> str:
    """The key of a mailed link, by the hash of its token."""
    return f"link:{token_hash((request.view_args or {}).get('token', ''))}"


def half_signed_in() -> str:
    """The key of one-time codes: the account, wherever it is tried from, since its password was right already."""
    return f"code:{half_sessions.person() or current_actor().user_id}"


def person() -> str:
    return f"person:{current_actor().user_id}"
