"""What calls add to earlier slices: who runs a programme, for acts that need two of them, and who hears when the
access of one of them changes."""

from __future__ import annotations

from competition.accounts import locking
from competition.calls.queries.people import leads_beside
from competition.calls.queries.signatures import circle_of, every_call
from competition.kernel.data import evidence
from competition.kernel.signing import circles

circles(circle_of)
evidence.chains_from(every_call)
locking.tell(leads_beside)
