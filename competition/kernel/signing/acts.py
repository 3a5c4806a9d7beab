"""What can be signed. Every act registers itself: its name, its words, what is signed, and how it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from competition.kernel.data.canonical import digest
from competition.kernel.data.models import Signature
from competition.kernel.web.access import Actor, Permission, holds

Payload = TypeVar("Payload")


@dataclass(frozen=True, slots=True)
class Description:
    """What the person who signs reads, in that person's language.

    Parameters
    ----------
    facts
        Pairs of a label and a value: what is changed, where, from what to what.
    url
        The page that shows it, or nothing.
    """

    facts: tuple[tuple[str, str], ...]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """The two persons behind an act that is being done, and why it is done."""

    code: str
    reason: str
    proposed_by: UUID
    signed_by: UUID
    now: datetime

    def facts(self) -> dict[str, Any]:
        """What the act writes into its own event of the log: ``audit.record(…, **approval.facts())``."""
        return {"reason": self.reason, "proposed_by": self.proposed_by, "signature": self.code}


@dataclass(frozen=True)
class Act(Generic[Payload]):
    """A kind of act that needs two persons.

    Parameters
    ----------
    kind
        Its name in the table and in the log, such as ``sheet.void``.
    title
        Its name for readers, as a lazy text.
    payload
        The dataclass of what is proposed; it is stored as JSON, so a field that is added later needs a default.
    permission, target
        What both persons must hold, and the URL values that name the object: ``target(payload)`` is what the
        permission's loader gets. The right is checked when the act is proposed and again when it is signed.
    describe
        What the signer reads.
    inputs
        Everything that the signer relies on, as a canonical document. Its digest is stored with the proposal; when it
        has another digest at the time of signing, the proposal is void. It may raise :class:`DomainError` when the
        act is not possible any more; that voids the proposal too.
    apply
        Does the act in the transaction of the signature. A :class:`DomainError` that it raises refuses the signature.
    """

    kind: str
    title: Any
    payload: type[Payload]
    permission: Permission
    target: Callable[[Payload], Mapping[str, Any]]
    describe: Callable[[Payload], Description]
    inputs: Callable[[Payload], Any]
    apply: Callable[[Payload, Approval], None]

    @cached_property
    def _adapter(self) -> TypeAdapter[Payload]:
        return TypeAdapter(self.payload)

    def to_document(self, payload: Payload) -> dict[str, Any]:
        document: dict[str, Any] = self._adapter.dump_python(payload, mode="json")
        return document

    def payload_of(self, signature: Signature) -> Payload:
        """The payload of a stored proposal.

        Raises
        ------
        pydantic.ValidationError
            When a field is missing or of another type.
        """
        return self._adapter.validate_python(signature.payload)

    def digest_now(self, payload: Payload) -> str:
        """SHA-256 in hex of the act, its payload and all that the signer relies on, as it is now."""
        document = {"kind": self.kind, "payload": self.to_document(payload), "inputs": self.inputs(payload)}
        return digest("signature/1", document)

    def allowed(self, actor: Actor, payload: Payload) -> bool:
        return holds(self.permission, actor, **self.target(payload))


_ACTS: dict[str, Act[Any]] = {}


def register(act: Act[Payload]) -> Act[Payload]:
    """Make an act known to pages and jobs.

    Raises
    ------
    ValueError
        When another act has its kind.
    """
    if _ACTS.setdefault(act.kind, act) is not act:
        raise ValueError(f"registered twice: {act.kind}")
    return act


def registered() -> list[Act[Any]]:
    """Every act that needs two persons, by kind."""
    return [_ACTS[kind] for kind in sorted(_ACTS)]


def act_of(signature: Signature) -> Act[Any]:
    """The act of a stored proposal; raises LookupError when no slice registers it any more."""
    return _ACTS[signature.kind]
