"""One-time codes (TOTP, RFC 6238) and recovery codes, as a second factor beside the password.

The secret of a person is computed from a random nonce in the database and the installation's ``SECRET_KEY``: a copy
of the database alone gives no codes, and another key makes every second factor void.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import delete, select, update

from competition.accounts import sessions
from competition.accounts.models import RecoveryCode, SecondFactor, User, UserSession
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id, new_token, token_hash
from competition.kernel.errors import RuleBroken
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor

CHAIN = "platform"
ISSUER = "Opencall"
STEP_SECONDS = 30
STEPS_AROUND = 1  # clocks of telephones are off by some seconds, and people type slowly
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is read as something else; 12 of them are 59 bits



def is_set_up(user_id: object) -> bool:
    """Whether the person has confirmed a second factor."""
    query = select(SecondFactor.user_id).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return db.session.scalar(query) is not None


def offered(user_id: object) -> SecondFactor | None:
    """The second factor that a person is setting up."""
    factor = db.session.get(SecondFactor, user_id)
    return factor if factor is not None and factor.confirmed_at is None else None


def offer(*, actor: Actor, now: datetime) -> None:
    """Make a secret to set up, unless one is offered or confirmed already."""
    if db.session.get(SecondFactor, actor.id) is None:
        db.session.add(SecondFactor(user_id=actor.id, nonce=new_token(), created_at=now))


def secret(factor: SecondFactor) -> str:
    """The secret in base 32, as telephones take it."""
    key: str = current_app.config["SECRET_KEY"]
    digest = hmac.new(key.encode(), f"second factor\0{factor.nonce}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode()


def address(factor: SecondFactor, email: str) -> str:
    """What the QR code says: ``otpauth://totp/…``."""
    import pyotp

    return pyotp.TOTP(secret(factor)).provisioning_uri(name=email, issuer_name=ISSUER)


def picture(text: str) -> Markup:
    """A QR code as an SVG element in black, for a white ground."""
    import segno

    return Markup(segno.make(text, error="m").svg_inline(  # noqa: S704  # its paths hold numbers, no text
        scale=5, border=4, svgclass="qr", lineclass="qr-line", dark="#000", omitsize=False,
    ))


def confirm(*, actor: Actor, code: str, now: datetime) -> list[str]:
    """Finish setting up with a first code; this session counts as proved twice, all others end.

    Returns
    -------
    list of str
        Recovery codes, readable this once.

    Raises
    ------
    RuleBroken
        When the code is not the present one; ``field`` is ``code``.
    """
    factor = _locked(actor.id)
    if factor is None or factor.confirmed_at is not None:
        raise RuleBroken(_("Begin again: this page is too old."), field="code")
    if not _take(factor, code, now):
        raise RuleBroken(_("This is not the present code. Check that the clock of your device is right, and type the "
                           "code that it shows now."), field="code")
    factor.confirmed_at = now
    db.session.execute(delete(UserSession).where(
        UserSession.user_id == actor.id, UserSession.id != actor.session_id
    ))
    prove(actor=actor)
    audit.record("account.second_factor_set", chain=CHAIN, subject=actor.id, actor_id=actor.id, now=now)
    return _new_recovery_codes(actor, now)


def prove(*, actor: Actor) -> None:
    """Mark the present session as begun with both factors."""
    db.session.execute(update(UserSession).where(UserSession.id == actor.session_id).values(proved_twice=True))


def renew_recovery_codes(*, actor: Actor, code: str, now: datetime) -> list[str]:
    """Make new recovery codes, readable this once; the earlier ones are void.

    Raises
    ------
    RuleBroken
        When the code is wrong; ``field`` is ``code``.
    """
    if not matches(user_id=actor.id, code=code, now=now):
        raise RuleBroken(_("This code is wrong, or it was used before."), field="code")
    audit.record("account.recovery_codes_made", chain=CHAIN, subject=actor.id, actor_id=actor.id, now=now)
    return _new_recovery_codes(actor, now)


def matches(*, user_id: object, code: str, now: datetime) -> bool:
    """Whether a one-time code or a recovery code is right; each is right once."""
    factor = _locked(user_id)
    if factor is None or factor.confirmed_at is None:
        return False
    return _take(factor, code, now) or _take_recovery(factor, code, now)


def remove(*, actor: Actor, code: str, now: datetime) -> None:
    """Do without a second factor again.

    Raises
    ------
    RuleBroken
        When the code is wrong; ``field`` is ``code``.
    """
    if not matches(user_id=actor.id, code=code, now=now):
        raise RuleBroken(_("This code is wrong, or it was used before."), field="code")
    _delete(actor.id)
    audit.record("account.second_factor_removed", chain=CHAIN, subject=actor.id, actor_id=actor.id, now=now)


def reset(*, user: User, actor: Actor | None, now: datetime) -> None:
    """Void somebody's second factor, for whoever lost it; they are signed out everywhere and told by mail.

    Parameters
    ----------
    actor
        Whoever does it; None for the command line.

    Raises
    ------
    RuleBroken
        For one's own, which takes a code, and where there is none.
    """
    if actor is not None and actor.user_id == user.id:
        raise RuleBroken(_("Somebody else has to do this for you; with a code you can do it in your profile."))
    if db.session.get(SecondFactor, user.id) is None:
        raise RuleBroken(_("This person has not set up a second factor."))
    _delete(user.id)
    sessions.end_all(user)
    audit.record("account.second_factor_reset", chain=CHAIN, subject=user.id,
                 actor_id=None if actor is None else actor.user_id, now=now)
    mail.send("accounts/second_factor_reset", to=user.email, locale=user.locale, now=now, name=user.name)


def tidy(code: str) -> str:
    """A typed code without spaces and dashes, in lower case."""
    return re.sub(r"[\s-]", "", code).casefold()[:40]


def _take(factor: SecondFactor, code: str, now: datetime) -> bool:
    """Accept a one-time code of the present time step or one beside it, later than the last one accepted."""
    import pyotp

    typed, totp = tidy(code), pyotp.TOTP(secret(factor), interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in range(present - STEPS_AROUND, present + STEPS_AROUND + 1):
        fits = hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode())
        if fits and step > (factor.last_step or 0):
            factor.last_step = step
            return True
    return False


def _take_recovery(factor: SecondFactor, code: str, now: datetime) -> bool:
    hashed = token_hash(f"{factor.user_id}:{tidy(code)}")
    used = db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.code_hash == hashed, RecoveryCode.used_at.is_(None)).values(used_at=now)
    )
    return used.rowcount == 1  # type: ignore[attr-defined]  # the type knows no UPDATE


def _new_recovery_codes(actor: Actor, now: datetime) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == actor.id))
    codes = ["".join(secrets.choice(_ALPHABET) for _place in range(12)) for _code in range(RECOVERY_CODES)]
    db.session.add_all(
        RecoveryCode(id=new_id(), user_id=actor.id, code_hash=token_hash(f"{actor.id}:{code}"), created_at=now)
        for code in codes
    )
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def _delete(user_id: object) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    db.session.execute(update(UserSession).where(UserSession.user_id == user_id).values(proved_twice=False))


def _locked(user_id: object) -> SecondFactor | None:
    """The person's second factor; two tries with one code come one after the other."""
    query = select(SecondFactor).where(SecondFactor.user_id == user_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))
