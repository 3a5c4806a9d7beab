"""What the bytes say: a table of hostile files and what becomes of each."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from competition.kernel.files import inspection
from competition.kernel.files.file_types import TYPES


def judge(name: str, data: bytes, step: int = 7000) -> str:
    kind = TYPES[name]
    sample = inspection.Sample.for_type(kind)
    for at in range(0, len(data), step):
        sample.feed(data[at : at + step])
    sample.end()
    return inspection.refusal(kind, sample, lambda: io.BytesIO(data))


def archive(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    return buffer.getvalue()


def png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + b"\x00" * 20


def jpeg(width: int, height: int) -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF" + bytes(10) + frame + b"\xff\xd9"


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}
GOOD = {
    "pdf": PDF, "docx": archive(WORD), "xlsx": archive({"[Content_Types].xml": b"", "xl/workbook.xml": b""}),
    "pptx": archive({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}), "zip": archive({"a/b.txt": b"x"}),
    "mp4": b"\x00\x00\x00\x18ftypisom" + bytes(100), "mov": b"\x00\x00\x00\x14ftypqt  " + bytes(100),
    "webm": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(50),
    "png": png(1920, 1080), "jpg": jpeg(1920, 1080), "csv": "编号,名称\n1,测试\n".encode("gb18030"),
    "txt": "서울".encode("euc_kr") * 3000, "md": "# 标题 ✓\n".encode() * 2000,
}


@pytest.mark.parametrize("name", GOOD)
def test_honest_files_pass(name: str) -> None:
    assert judge(name, GOOD[name]) == ""


@pytest.mark.parametrize(("name", "data", "reason"), [
    ("pdf", b"\n" + PDF, "type"), ("pdf", b"<html>%PDF-1.7", "type"), ("pdf", b"MZ" + PDF, "type"),
    ("pdf", b"%PDF-1.7 cut off", "broken"), ("pdf", PDF + GOOD["zip"], "hybrid"),
    ("png", GOOD["jpg"], "type"), ("png", png(50_000, 50_000), "pixels"), ("png", png(10, 10) + GOOD["zip"], "hybrid"),
    ("jpg", GOOD["png"], "type"), ("jpg", jpeg(60_000, 60_000), "pixels"),
    ("jpg", b"\xff\xd8\xff<svg onload=x>", "broken"),
    ("mp4", b"\x1a\x45\xdf\xa3", "type"), ("mp4", PDF, "type"), ("webm", GOOD["mp4"], "type"),
    ("docx", GOOD["zip"], "type"), ("docx", GOOD["xlsx"], "type"), ("docx", PDF, "type"),
    ("docx", archive({**WORD, "word/vbaProject.bin": b"x"}), "macro"), ("docx", GOOD["docx"][:-30], "broken"),
    ("zip", b"PK\x03\x04 not an archive", "broken"), ("zip", PDF, "type"),
    ("zip", archive({"../evil.sh": b"x"}), "path"), ("zip", archive({"/etc/cron": b"x"}), "path"),
    ("zip", archive({"a\\..\\..\\b": b"x"}), "path"), ("zip", archive({"C:/x": b"x"}), "path"),
    ("zip", archive({"zeros": bytes(65 * 1024 * 1024)}), "bomb"),
    ("zip", archive({str(n): b"" for n in range(10_001)}), "entries"),
    ("csv", b"a,b\x00c", "encoding"), ("csv", PDF, "type"), ("txt", b"\x7fELF\x02\x01\x01" + bytes(60), "encoding"),
    ("txt", b"\xff\xfe\xfd\x81", "encoding"), ("md", bytes(range(256)), "encoding"),
])
def test_hostile_files_do_not(name: str, data: bytes, reason: str) -> None:
    assert judge(name, data) == reason


def test_a_link_inside_an_archive() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0xA1FF << 16
        target.writestr(link, "/etc/passwd")
    assert judge("zip", buffer.getvalue()) == "path"


def test_a_large_archive_that_packs_honestly_passes() -> None:
    import random

    noise = random.Random(1).randbytes(3 * 1024 * 1024)
    assert judge("zip", archive({str(n): noise for n in range(24)}, zipfile.ZIP_STORED), 1 << 20) == ""


def test_every_reason_has_words() -> None:
    assert {"type", "size", "digest", "bomb", "entries", "path", "broken", "macro", "encoding", "pixels", "hybrid",
            "lost", "expired", "malware", "unread"} == set(inspection.REASONS)
