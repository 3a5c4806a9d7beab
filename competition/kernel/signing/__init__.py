"""Acts that need a second person: one proposes, another signs, and only then the act is done.

A slice declares an :class:`Act` beside the command that does it, and its page calls :func:`propose` instead of the
command. The pages, mails, expiry and log of signatures are the same for all acts.
"""

from __future__ import annotations

from competition.kernel.signing.acts import Act, Approval, Description, register, registered
from competition.kernel.signing.commands import propose, sign, withdraw
from competition.kernel.signing.people import Circle, Person, circle, circles, signs

__all__ = [
    "Act", "Approval", "Circle", "Description", "Person", "circle", "circles", "propose", "register", "registered",
    "sign", "signs", "withdraw",
]
