"""The judges' copy of a PDF keeps the pages and nothing that tells who made it."""

from __future__ import annotations

import io
import zlib

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from competition.judging.copies import Held
from competition.judging.copies.pdf import rewrite

MARK = "QingheLatticeMarker"


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content


TABLES = (
    _segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\0\0") + _segment(0xEE, b"Adobe\0\x64\0\0\0\0\1") + _segment(0xDB, b"tables")
)
PICTURE = _segment(0xDA, b"scan") + b"\xff\x00picture\xff\xd9"


def _photograph() -> EncodedStreamObject:
    """A JPEG that names its maker in Exif, XMP, a colour profile and a comment."""
    telling = b"".join(_segment(marker, MARK.encode()) for marker in (0xE1, 0xE2, 0xED, 0xFE))
    image = EncodedStreamObject()
    image._data = b"\xff\xd8" + telling + TABLES + PICTURE
    image.update({
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image"),
        NameObject("/Width"): NumberObject(1), NameObject("/Height"): NumberObject(1),
        NameObject("/Filter"): NameObject("/DCTDecode"),
    })
    return image


def marked() -> bytes:
    """A PDF with a team's name in every place outside the page's own content."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    body = DecodedStreamObject()
    body.set_data(b"BT (the plan) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(body)
    writer.add_metadata({"/Author": MARK, "/Title": MARK, "/Producer": MARK, "/Company": MARK})
    writer.add_attachment(f"{MARK}.txt", MARK.encode())
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({
        NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(f"app.alert('{MARK}')"),
    })
    writer.add_outline_item(title=MARK, page_number=0)
    xmp = DecodedStreamObject()
    xmp.set_data(f"<x:xmpmeta>{MARK}</x:xmpmeta>".encode())
    xmp.update({NameObject("/Type"): NameObject("/Metadata"), NameObject("/Subtype"): NameObject("/XML")})
    writer.root_object[NameObject("/Metadata")] = writer._add_object(xmp)
    page[NameObject("/Metadata")] = writer._add_object(xmp)
    page[NameObject("/LeadAuthor")] = TextStringObject(MARK)
    page[NameObject("/PieceInfo")] = DictionaryObject({NameObject("/Editor"): TextStringObject(MARK)})
    form = DecodedStreamObject()
    form.set_data(b"q Q")
    form.update({
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form"),
        NameObject("/BBox"): ArrayObject([NumberObject(0)] * 4), NameObject("/Metadata"): writer._add_object(xmp),
    })
    page[NameObject("/Resources")] = DictionaryObject({
        NameObject("/XObject"): DictionaryObject({
            NameObject("/F0"): writer._add_object(form), NameObject("/I0"): writer._add_object(_photograph()),
        })
    })
    note = DictionaryObject({
        NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Text"),
        NameObject("/T"): TextStringObject(MARK), NameObject("/Contents"): TextStringObject(MARK),
        NameObject("/Rect"): ArrayObject([NumberObject(0)] * 4),
    })
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def everything(data: bytes) -> str:
    """Every string and stream of a PDF, decompressed."""
    reader, seen = PdfReader(io.BytesIO(data)), []
    numbers = {number for part in reader.xref.values() for number in part} | set(reader.xref_objStm)
    for number in sorted(numbers - {0}):
        one = reader.get_object(number)
        seen.append(repr(one))
        if hasattr(one, "get_data"):
            seen.append(one.get_data().decode("latin-1"))
    return "\n".join(seen) + repr(reader.trailer)


def test_no_mark_survives() -> None:
    source, target = marked(), io.BytesIO()
    assert MARK in everything(source)
    rewrite(io.BytesIO(source), target)
    copy = target.getvalue()
    assert MARK not in everything(copy)
    assert MARK.encode() not in copy
    reader = PdfReader(io.BytesIO(copy))
    assert len(reader.pages) == 1
    assert b"(the plan) Tj" in reader.pages[0].get_contents().get_data()
    assert reader.metadata is None or not {"/Author", "/Title", "/Company"} & set(reader.metadata)


def test_the_same_file_gives_the_same_bytes() -> None:
    source, copies = marked(), []
    for _run in range(2):
        target = io.BytesIO()
        rewrite(io.BytesIO(source), target)
        copies.append(target.getvalue())
    assert copies[0] == copies[1]


def _with_picture(filters: list[str], data: bytes) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    image = _photograph()
    image._data = data
    image[NameObject("/Filter")] = ArrayObject([NameObject(name) for name in filters])
    page = writer.add_blank_page(10, 10)
    page[NameObject("/Resources")] = DictionaryObject({
        NameObject("/XObject"): DictionaryObject({NameObject("/I0"): writer._add_object(image)})
    })
    writer.write(out)
    return out.getvalue()


def test_a_photograph_packed_once_more_is_found() -> None:
    data = _photograph()._data
    target = io.BytesIO()
    rewrite(io.BytesIO(_with_picture(["/FlateDecode", "/DCTDecode"], zlib.compress(data))), target)
    copy = target.getvalue()
    assert MARK not in everything(copy)
    assert b"\xff\xd8" + TABLES + PICTURE in copy
    with pytest.raises(Held) as held:
        rewrite(io.BytesIO(_with_picture(["/ASCIIHexDecode", "/DCTDecode"], data.hex().encode() + b">")), io.BytesIO())
    assert held.value.reason == "embedded"


def test_what_lies_deeper_or_is_only_referred_to_is_found() -> None:
    writer, out, target = PdfWriter(), io.BytesIO(), io.BytesIO()
    xmp = DecodedStreamObject()
    xmp.set_data(MARK.encode())
    marked_content = DictionaryObject({NameObject("/Metadata"): writer._add_object(xmp)})
    image = _photograph()
    image[NameObject("/Subtype")] = writer._add_object(NameObject("/Image"))
    image[NameObject("/Filter")] = writer._add_object(ArrayObject([writer._add_object(NameObject("/DCTDecode"))]))
    page = writer.add_blank_page(10, 10)
    page[NameObject("/Resources")] = DictionaryObject({
        NameObject("/Properties"): DictionaryObject({NameObject("/MC0"): marked_content}),
        NameObject("/XObject"): DictionaryObject({NameObject("/I0"): writer._add_object(image)}),
    })
    writer.write(out)
    rewrite(io.BytesIO(out.getvalue()), target)
    assert MARK.encode() in out.getvalue()
    assert MARK.encode() not in target.getvalue()
    assert b"\xff\xd8" + TABLES + PICTURE in target.getvalue()


@pytest.mark.parametrize("error", [NotImplementedError, ZeroDivisionError, AssertionError])
def test_whatever_the_reader_stumbles_over_waits_for_a_person(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def stumble(*_args: object, **_options: object) -> None:
        raise error

    source = marked()
    monkeypatch.setattr(PdfWriter, "add_page", stumble)
    with pytest.raises(Held) as held:
        rewrite(io.BytesIO(source), io.BytesIO())
    assert held.value.reason == "unreadable"


@pytest.mark.parametrize(("data", "reason"), [(b"", "unreadable"), (b"%PDF-1.7\nnothing", "unreadable")])
def test_what_is_no_pdf_waits_for_a_person(data: bytes, reason: str) -> None:
    with pytest.raises(Held) as caught:
        rewrite(io.BytesIO(data), io.BytesIO())
    assert caught.value.reason == reason


def test_a_locked_file_waits_for_a_person() -> None:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(10, 10)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(out)
    with pytest.raises(Held) as caught:
        rewrite(io.BytesIO(out.getvalue()), io.BytesIO())
    assert caught.value.reason == "locked"


def test_a_file_with_layers_waits_for_a_person() -> None:
    """A layer that the team switched off, with its logo say, would show once the switches are gone."""
    writer, source = PdfWriter(), io.BytesIO()
    writer.add_blank_page(10, 10)
    writer._root_object[NameObject("/OCProperties")] = DictionaryObject({NameObject("/OCGs"): ArrayObject()})
    writer.write(source)
    with pytest.raises(Held) as held:
        rewrite(source, io.BytesIO())
    assert held.value.reason == "layers"
