"""The only module that imports boto3: files in S3, bytes never pass through a web process.

Browsers write by presigned multipart parts to server-chosen keys under ``incoming/``; a worker
checks and copies to an immutable key; readers get short presigned GETs that always download.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError
from flask import current_app

from competition.config import Settings
from competition.kernel.web.one_request import waits

StorageError = (BotoCoreError, ClientError)
PART_URL_SECONDS = 3600
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Stored:
    """What S3 says of an object: size in bytes and its entity tag (never a checksum)."""

    size: int
    etag: str


@dataclass(frozen=True)
class Part:
    """One part of an unfinished upload; ``sha256`` (base64) where the store or the sender tells it."""

    number: int
    size: int
    etag: str
    sha256: str | None = None


def _client(settings: Settings, endpoint: str) -> Any:
    import boto3  # loads slowly: with the first file, not with every process
    from botocore.config import Config

    return boto3.client(
        "s3", endpoint_url=endpoint, region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key, aws_secret_access_key=settings.s3_secret_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, connect_timeout=5,
                      read_timeout=60, retries={"max_attempts": 4, "mode": "standard"}),
    )


def _s3(*, browser: bool = False) -> tuple[Any, str]:
    """The client (for our own calls, or for signing what a browser will call) and the bucket."""
    settings: Settings = current_app.config["SETTINGS"]
    name = "opencall_s3_browser" if browser else "opencall_s3"
    client = current_app.extensions.get(name)
    if client is None:
        endpoint = settings.s3_browser_url if browser else settings.s3_endpoint_url
        client = current_app.extensions[name] = _client(settings, endpoint)
    return client, settings.s3_bucket


def ensure_bucket() -> None:
    """Create the bucket if missing and let our own pages upload to it."""
    settings: Settings = current_app.config["SETTINGS"]
    client, bucket = _s3()
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError:
        client.create_bucket(Bucket=bucket)
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [{
        "AllowedOrigins": settings.origins,
        "AllowedMethods": ["GET", "PUT", "DELETE", "HEAD"],
        "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3600,
    }]})


@waits
def reachable() -> bool:
    client, bucket = _s3()
    try:
        client.head_bucket(Bucket=bucket)
    except StorageError:
        return False
    return True


@waits
def start_multipart(key: str, content_type: str) -> str:
    """Begin an upload, every part of which will be signed with its SHA-256; returns its id."""
    client, bucket = _s3()
    answer = client.create_multipart_upload(
        Bucket=bucket, Key=key, ContentType=content_type, ChecksumAlgorithm="SHA256"
    )
    return str(answer["UploadId"])


def sign_part(key: str, upload_id: str, number: int, size: int, sha256: str) -> str:
    """A URL at which a browser may PUT one part of exactly ``size`` bytes.

    The browser must send ``sha256`` (base64) as ``x-amz-checksum-sha256``: it is part of the signature,
    and the store refuses a body that does not match it.
    """
    client, bucket = _s3(browser=True)
    return str(client.generate_presigned_url("upload_part", ExpiresIn=PART_URL_SECONDS, Params={
        "Bucket": bucket, "Key": key, "UploadId": upload_id, "PartNumber": number, "ContentLength": size,
        "ChecksumSHA256": sha256,
    }))


@waits
def list_parts(key: str, upload_id: str) -> list[Part] | None:
    """The parts that have arrived: what a resumed upload need not send again; None when it is over or unknown."""
    client, bucket = _s3()
    pages = client.get_paginator("list_parts").paginate(Bucket=bucket, Key=key, UploadId=upload_id)
    try:
        return [
            Part(part["PartNumber"], part["Size"], part["ETag"], part.get("ChecksumSHA256"))
            for page in pages for part in page.get("Parts", [])
        ]
    except ClientError as error:
        if _gone(error):
            return None
        raise


def _gone(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in {"NoSuchUpload", "NoSuchKey", "NotFound", "404"}


@waits
def finish_multipart(key: str, upload_id: str, parts: list[Part]) -> None:
    """Put the parts together; the store refuses parts that differ from what it received."""
    client, bucket = _s3()
    listed = [
        {"PartNumber": part.number, "ETag": part.etag} | ({"ChecksumSHA256": part.sha256} if part.sha256 else {})
        for part in sorted(parts, key=lambda part: part.number)
    ]
    client.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": listed}
    )


@waits
def abort_multipart(key: str, upload_id: str) -> None:
    """Drop an unfinished upload and its parts; one that is over already is no error."""
    client, bucket = _s3()
    try:
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
    except ClientError as error:
        if not _gone(error):
            raise


@waits
def head(key: str) -> Stored | None:
    """Size and tag of an object, or nothing when it is not there."""
    client, bucket = _s3()
    try:
        answer = client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if _gone(error):
            return None
        raise
    return Stored(int(answer["ContentLength"]), str(answer["ETag"]))


def chunks(key: str, *, start: int = 0) -> Iterator[bytes]:
    """The bytes of an object, a mebibyte at a time."""
    client, bucket = _s3()
    extra = {"Range": f"bytes={start}-"} if start else {}
    body = client.get_object(Bucket=bucket, Key=key, **extra)["Body"]
    yield from body.iter_chunks(CHUNK)


class Reader(io.RawIOBase):
    """A stored object as a seekable file: reads only the ranges asked for. Wrap it in a buffer."""

    def __init__(self, key: str, size: int) -> None:
        super().__init__()
        self._key, self._size, self._at = key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self._size - self._at)
        if count <= 0:
            return 0
        client, bucket = _s3()
        wanted = f"bytes={self._at}-{self._at + count - 1}"
        data = client.get_object(Bucket=bucket, Key=self._key, Range=wanted)["Body"].read()
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


@waits
def sha256(key: str) -> tuple[str, int]:
    """Digest and length of what is really stored."""
    total, hasher = 0, hashlib.sha256()
    for chunk in chunks(key):
        hasher.update(chunk)
        total += len(chunk)
    return hasher.hexdigest(), total


@waits
def copy(source: str, target: str, *, content_type: str) -> None:
    client, bucket = _s3()
    client.copy(
        {"Bucket": bucket, "Key": source}, bucket, target,
        ExtraArgs={"ContentType": content_type, "MetadataDirective": "REPLACE"},
    )


@waits
def put(key: str, body: bytes, *, content_type: str) -> None:
    client, bucket = _s3()
    client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)


@waits
def put_stream(key: str, stream: IO[bytes], *, content_type: str) -> None:
    """Send a file object of any length in parts, with little memory."""
    client, bucket = _s3()
    client.upload_fileobj(stream, bucket, key, ExtraArgs={"ContentType": content_type})


@waits
def delete(key: str) -> None:
    client, bucket = _s3()
    client.delete_object(Bucket=bucket, Key=key)


def sign_get(key: str, *, filename: str, content_type: str, inline: bool = False, seconds: int = 300) -> str:
    """A short-lived URL. ``inline`` is for the PDF viewer's own fetch; everything else downloads."""
    client, bucket = _s3(browser=True)
    kind = "inline" if inline else "attachment"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in filename)
    return str(client.generate_presigned_url("get_object", ExpiresIn=seconds, Params={
        "Bucket": bucket, "Key": key, "ResponseContentType": content_type,
        "ResponseContentDisposition": f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}",
    }))
