"""Uploads from a browser straight to S3: one contract for every slice that takes files.

The browser asks for one address per part, sends the part there, and says when it is done; its side is
``static/src/lib/multipart.js`` (decision 9). A part's exact length and its SHA-256 are in its signature, so nothing
else can be sent there. An upload that is never finished is given up after a day. Bodies are JSON of a few hundred
bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

import structlog
from flask import current_app, request
from flask_babel import gettext as _

from competition.kernel import clock
from competition.kernel.data.ids import new_token
from competition.kernel.errors import Busy, Missing, RuleBroken
from competition.kernel.files import storage
from competition.kernel.files.file_names import display_name
from competition.kernel.jobs import outbox

log = structlog.get_logger()
MAX_PARTS = 10_000  # S3's own limit
UNFINISHED_FOR = timedelta(hours=24)
BASE64_SHA256 = re.compile(r"[A-Za-z0-9+/]{43}=")
HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload under way: its key and id at the store, the promised size and the size of a part, in bytes."""

    key: str
    upload_id: str
    size: int
    part_size: int

    @property
    def lengths(self) -> dict[int, int]:
        """How many bytes each part has, by number."""
        return {n: self.length(n) for n in range(1, ceil(self.size / self.part_size) + 1)}

    def length(self, number: int) -> int:
        """How many bytes part ``number`` has.

        Raises
        ------
        RuleBroken
            When the upload has no such part.
        """
        if not 1 <= number <= ceil(self.size / self.part_size):
            raise RuleBroken(_("This upload has no such part. Reload the page and choose the file again."))
        return min(self.part_size, self.size - (number - 1) * self.part_size)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A finished upload: its size as the store tells it, its SHA-256 (hex) as the browser does."""

    size: int
    sha256: str | None


@contextmanager
def reaching_storage() -> Iterator[None]:
    """The storage being away is a reason to try again, not a crash."""
    try:
        yield
    except storage.StorageError as error:
        log.warning("storage.unreachable", error=str(error))
        raise Busy(_("The file storage does not answer. Nothing is lost: try again in a moment.")) from error


def body() -> dict[str, Any]:
    """The request's JSON object; anything else is an empty one."""
    try:
        sent = request.get_json(silent=True)
    except RecursionError:  # nested deeper than Python reads: nothing of ours
        return {}
    return sent if isinstance(sent, dict) else {}


def file_name(request_body: dict[str, Any]) -> str:
    """The name under which a file is listed and offered; see :func:`.file_names.display_name`."""
    return display_name(str(request_body.get("filename", "")))


def new_key() -> str:
    """A key of the storage that nobody can guess, for the bytes that a browser sends."""
    return f"incoming/{new_token()}"


def whole(value: Any) -> int:
    """A whole number that a browser sent, or zero."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def part_size(size: int) -> int:
    """The size of a part for a file of ``size`` bytes: the configured one, unless there would be too many parts."""
    return max(current_app.config["SETTINGS"].upload_part_bytes, ceil(size / MAX_PARTS))


@contextmanager
def begun(key: str, content_type: str) -> Iterator[str]:
    """Begin an upload and yield its id for listing it; the store forgets it when that fails."""
    with reaching_storage():
        upload_id = storage.start_multipart(key, content_type)
    is_listed = False
    try:
        yield upload_id
        is_listed = True
    finally:
        if not is_listed:
            with suppress(*storage.StorageError):
                storage.abort_multipart(key, upload_id)


def begun_answer(code: str, part: int) -> tuple[dict[str, Any], int]:
    """What the browser is told: the code by which it speaks of its upload, and how to cut the file."""
    return {"key": code, "uploadId": code, "partSize": part}, 201


def signed(upload: Upload) -> dict[str, Any]:
    """An address for one part: ``{partNumber, checksum}`` → ``{url, headers, size}``."""
    sent = body()
    number, checksum = whole(sent.get("partNumber")), str(sent.get("checksum", ""))
    length = upload.length(number)
    if not BASE64_SHA256.fullmatch(checksum):
        raise RuleBroken(_("The part has no checksum. Reload the page and choose the file again."))
    with reaching_storage():
        url = storage.sign_part(upload.key, upload.upload_id, number, length, checksum)
    return {"url": url, "headers": {"x-amz-checksum-sha256": checksum}, "size": length}


def listed(upload: Upload) -> dict[str, Any]:
    """What has arrived already, for going on after a reload; an upload that the store forgot is missing."""
    with reaching_storage():
        parts = storage.list_parts(upload.key, upload.upload_id)
    if parts is None:
        raise Missing("")
    return {"parts": [{"PartNumber": part.number, "ETag": part.etag, "Size": part.size} for part in parts]}


def assembled(upload: Upload) -> Arrived:
    """Have the store put the parts together, or find that it has: ``{parts: [{PartNumber, ChecksumSHA256}], sha256}``.

    Raises
    ------
    RuleBroken
        When parts are missing, differ from what was signed, or the upload is over.
    """
    request_body = body()
    with reaching_storage():
        parts = storage.list_parts(upload.key, upload.upload_id)
    if parts is not None:
        if {part.number: part.size for part in parts} != upload.lengths:
            raise RuleBroken(_("Some parts have not arrived. Choose the same file again to go on."))
        checksums = _checksums(request_body.get("parts"))
        try:
            storage.finish_multipart(upload.key, upload.upload_id, [
                storage.Part(part.number, part.size, part.etag, part.sha256 or checksums.get(part.number))
                for part in parts
            ])
        except storage.StorageError as error:
            log.warning("storage.complete_failed", error=str(error))
            raise RuleBroken(_("The storage could not put the parts together. Choose the same file again.")) from error
    with reaching_storage():
        stored = storage.head(upload.key)
    if stored is None:
        raise RuleBroken(_("This upload is over. Reload the page and choose the file again."))
    sha256 = request_body.get("sha256")
    return Arrived(stored.size, sha256 if isinstance(sha256, str) and HEX_SHA256.fullmatch(sha256) else None)


def _checksums(parts: Any) -> dict[int, str]:
    checksums: dict[int, str] = {}
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and BASE64_SHA256.fullmatch(str(part.get("ChecksumSHA256", ""))):
            checksums[whole(part.get("PartNumber"))] = part["ChecksumSHA256"]
    return checksums


# --- What is left behind ---

GiveUp = Callable[[UUID, datetime], None]
_owners: dict[str, GiveUp] = {}


@dataclass(frozen=True)
class ExpireArguments:
    """The upload to give up: the kind of its owner, and the row that it belongs to."""

    kind: str
    row: UUID


@dataclass(frozen=True)
class DiscardArguments:
    """Objects to remove, and the key and id of an unfinished upload to drop."""

    keys: list[str]
    abort: tuple[str, str] | None


EXPIRE = outbox.Kind("upload.expire", ExpireArguments)
DISCARD = outbox.Kind("upload.discard", DiscardArguments)


def unfinished(kind: str) -> Callable[[GiveUp], GiveUp]:
    """Register what gives up an upload of a slice's ``kind``; it is called a day after each one began.

    It does nothing when the upload was finished or given up before.
    """

    def register(function: GiveUp) -> GiveUp:
        _owners[kind] = function
        return function

    return register


def expire_later(kind: str, row_id: UUID, *, now: datetime) -> None:
    """Promise to look after a day whether an upload was finished."""
    if kind not in _owners:
        raise LookupError(f"nobody gives up uploads of {kind}")
    outbox.add(EXPIRE, ExpireArguments(kind=kind, row=row_id), key=f"{kind}:{row_id}", now=now, delay=UNFINISHED_FOR)


def discard(key: str, *, keys: list[str], unfinished: Upload | None = None, now: datetime) -> None:
    """Have bytes removed once this transaction is committed, not before.

    Parameters
    ----------
    key
        Names this removal among all.
    keys
        Objects that nothing refers to any more.
    unfinished
        An upload whose parts are dropped as well.
    """
    abort = (unfinished.key, unfinished.upload_id) if unfinished else None
    outbox.add(DISCARD, DiscardArguments(keys=keys, abort=abort), key=key, now=now)


@outbox.handler(EXPIRE)
def _expire(_job: outbox.Job, arguments: ExpireArguments) -> outbox.Effects:
    """Give up an upload that was not finished in time."""

    def effects() -> None:
        _owners[arguments.kind](arguments.row, clock.now())

    return effects


@outbox.handler(DISCARD)
def _discard(_job: outbox.Job, arguments: DiscardArguments) -> outbox.Effects:
    """Remove bytes from the storage; removing what is gone already succeeds."""
    if arguments.abort:
        storage.abort_multipart(*arguments.abort)
    for key in arguments.keys:
        storage.delete(key)
    return dict
