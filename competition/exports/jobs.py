"""Building the files: read in chunks, written through to a temporary file, sent to S3 in parts."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from typing import IO

from competition.exports import service, writers
from competition.exports.models import Export
from competition.exports.service import BUILD, EXPIRE, ExportArguments
from competition.exports.tables import TABLES, Scope
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.files import storage
from competition.kernel.jobs import outbox

BLOCK = 1024 * 1024


@dataclass(frozen=True)
class WrittenFile:
    """Facts of the temporary file."""

    rows: int
    size: int
    sha256: str


@outbox.handler(BUILD)
def build(job: outbox.Job, arguments: ExportArguments) -> outbox.Effects:
    """Make the file under the key that the request chose: a second attempt overwrites the first."""
    export = db.session.get_one(Export, arguments.export)
    export_id, key, fmt = export.id, export.key or "", export.format
    with tempfile.TemporaryFile() as stream:
        written = write(export, stream, job)
        stream.seek(0)
        content_type = writers.XlsxWriter.content_type if fmt == "xlsx" else writers.CsvWriter.content_type
        storage.put_stream(key, stream, content_type=content_type)

    def effects() -> dict[str, str]:
        done = service.finish_export(export_id=export_id, rows=written.rows, size=written.size,
                                     sha256=written.sha256, now=clock.now())
        return {"export": done.code}

    return effects


def write(export: Export, stream: IO[bytes], job: outbox.Job | None = None) -> WrittenFile:
    """Write an export's rows to a file, and report progress to the job, if there is one."""
    with transaction.small_cache():
        return _written(export, stream, job)


def _written(export: Export, stream: IO[bytes], job: outbox.Job | None) -> WrittenFile:
    table = TABLES[export.table]
    out = writers.writer(export.format, stream, table.columns, export.table)
    rows = 0
    for batch, done, total in table.batches(Scope(export.programme_id, export.call_id)):
        if job is not None:
            job.progress(done, total)
        for row in table.rows(batch):
            out.row(row)
            rows += 1
    out.close()
    stream.flush()
    return WrittenFile(rows, stream.seek(0, 2), _sha256(stream))


def _sha256(stream: IO[bytes]) -> str:
    stream.seek(0)
    hasher = hashlib.sha256()
    while block := stream.read(BLOCK):
        hasher.update(block)
    return hasher.hexdigest()


@outbox.handler(EXPIRE)
def expire(_job: outbox.Job, arguments: ExportArguments) -> outbox.Effects:
    """Delete the file of an export after its lifetime."""
    export = db.session.get_one(Export, arguments.export)
    export_id = export.id
    if export.key:
        storage.delete(export.key)

    def effects() -> None:
        service.expire_export(export_id=export_id, now=clock.now())

    return effects
