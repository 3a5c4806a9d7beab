"""The second half of every upload: what a worker does with a file whose bytes have all arrived.

It hashes what is really stored, looks whether the bytes are of the kind that the name says, has them scanned for
malware, and copies them to a key that no browser can write. Only that copy is ever handed out. While the scanner is
away the file waits: neither released nor given up.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

from competition.kernel.data import transaction
from competition.kernel.data.ids import token_hash
from competition.kernel.files import inspection, malware, storage
from competition.kernel.files.file_names import extension
from competition.kernel.files.file_types import TYPES
from competition.kernel.jobs import outbox

READ_AHEAD = 256 * 1024  # bytes fetched at once where an inspection jumps about in the file


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """A file as it was announced: its name, its size in bytes, and the SHA-256 (hex) that the browser computed."""

    name: str
    size: int
    sha256: str | None
    incoming_key: str  # where the browser wrote it

    @property
    def content_type(self) -> str:
        return TYPES[extension(self.name)].content_type

    @property
    def checked_key(self) -> str:
        """Where the checked copy lies: random, as the incoming key is, and the same for every attempt."""
        return f"checked/{token_hash(self.incoming_key)}"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome for a file: the SHA-256 (hex) of the stored bytes, or why they are refused.

    ``reason`` is a key of :data:`competition.kernel.files.inspection.REASONS`, "" for a file that is accepted: then
    ``key`` has its copy.
    """

    sha256: str
    reason: str
    size: int
    key: str


def verify(
    kind: outbox.Kind[malware.Arguments], *, load: Callable[[malware.Arguments], ArrivedFile | None],
    settle: Callable[[malware.Arguments, Finding], None],
) -> None:
    """Register the job that verifies files of one slice.

    Parameters
    ----------
    kind
        The job that the slice adds when a file has arrived.
    load
        The file, read in a short transaction; None when there is nothing to do any more.
    settle
        Accepts or refuses the file in the writing transaction of the job. It looks first whether the file still waits
        for that, since somebody may have removed it meanwhile.
    """

    @outbox.handler(kind)
    def handler(job: outbox.Job, arguments: malware.Arguments) -> outbox.Effects:
        with transaction.reading():  # the bytes may take minutes
            file = load(arguments)
        if file is None:
            return dict
        try:
            finding = _look(job, file)
        except malware.Unscanned as error:
            return malware.later(job, kind, arguments, error)
        if not finding.reason:
            _copy(file)
        return lambda: settle(arguments, finding)


def _look(job: outbox.Job, file: ArrivedFile) -> Finding:
    def finding(reason: str, size: int, sha256: str = "") -> Finding:
        return Finding(sha256, reason, size, file.checked_key)

    stored = storage.head(file.incoming_key)
    if stored is None:
        if job.attempt < outbox.MAX_ATTEMPTS:
            raise RuntimeError("the bytes are not there yet")
        return finding("lost", 0)
    if stored.size != file.size:
        return finding("size", stored.size)
    file_type = TYPES[extension(file.name)]
    sample = inspection.Sample.for_type(file_type)
    hasher, size = hashlib.sha256(), 0
    for chunk in storage.chunks(file.incoming_key):
        hasher.update(chunk)
        sample.feed(chunk)
        size += len(chunk)
        job.progress(size, file.size)
    sample.end()
    sha256 = hasher.hexdigest()
    if size != file.size:
        return finding("size", size, sha256)
    if file.sha256 not in {None, sha256}:
        return finding("digest", size, sha256)
    reason = inspection.refusal(
        file_type, sample, lambda: io.BufferedReader(storage.Reader(file.incoming_key, file.size), READ_AHEAD)
    )
    if not reason and malware.wanted():  # last: what unpacks to far more than it holds never gets to the scanner
        reason = malware.reason(storage.chunks(file.incoming_key))
    return finding(reason, size, sha256)


def _copy(file: ArrivedFile) -> None:
    storage.copy(file.incoming_key, file.checked_key, content_type=file.content_type)
    copy = storage.head(file.checked_key)
    if copy is None or copy.size != file.size:
        raise RuntimeError("the copy is not complete")
