"""E-mail addresses, normalized so that two spellings of one address are one person."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email


def normalize(address: str) -> str | None:
    """Trimmed, NFKC, case-folded; None when it is not an address.

    The domain's existence is not asked for: a web request does not wait for DNS.
    """
    plain = unicodedata.normalize("NFKC", address).strip().casefold()
    try:
        return validate_email(plain, check_deliverability=False, test_environment=True).normalized.casefold()
    except EmailNotValidError:
        return None
