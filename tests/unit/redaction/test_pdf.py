"""The judges' copy of a PDF keeps the pages and nothing that tells who made it."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Callable

import pikepdf
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

from competition.redaction import Withheld
from competition.redaction.pdf import rewrite
from tests.unit.redaction.test_profiles import profile

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


@pytest.mark.parametrize(("names", "packed"), [
    (["/DCT"], bytes),
    (["/Fl", "/DCT"], zlib.compress),
    (["/ASCIIHexDecode", "/DCTDecode"], lambda data: data.hex().encode() + b">"),
    (["/AHx", "/DCT"], lambda data: data.hex().encode() + b">"),
    (["/A85", "/Fl", "/DCT"], lambda data: base64.a85encode(zlib.compress(data)) + b"~>"),
    (["/RL", "/DCT"], lambda data: b"".join(bytes((0, one)) for one in data) + b"\x80"),
])
def test_a_photograph_is_found_behind_every_way_to_write_its_filters(
    names: list[str], packed: Callable[[bytes], bytes]
) -> None:
    source = _with_picture(names, packed(_photograph()._data))
    target = io.BytesIO()
    rewrite(io.BytesIO(source), target)
    image = PdfReader(io.BytesIO(target.getvalue())).pages[0]["/Resources"]["/XObject"]["/I0"]
    assert image["/Filter"] == "/DCTDecode"
    assert "/DecodeParms" not in image
    assert image._data == b"\xff\xd8" + TABLES + PICTURE


def test_a_photograph_that_another_filter_follows_is_held() -> None:
    with pytest.raises(Withheld) as withheld:
        rewrite(io.BytesIO(_with_picture(["/DCT", "/Fl"], _photograph()._data)), io.BytesIO())
    assert withheld.value.reason == "embedded"


def test_a_picture_keeps_the_keys_that_decoding_needs() -> None:
    writer, out, target = PdfWriter(), io.BytesIO(), io.BytesIO()
    image = _photograph()
    private = {"/Name": NameObject(f"/{MARK}"), "/Maker": TextStringObject(MARK), "/ID": TextStringObject(MARK),
            "/Alternates": ArrayObject([TextStringObject(MARK)]), "/F": TextStringObject(f"C:\\{MARK}.jpg"),
            "/PtData": DictionaryObject({NameObject("/Names"): TextStringObject(MARK)})}
    for key, value in private.items():
        image[NameObject(key)] = value
    image[NameObject("/DecodeParms")] = DictionaryObject({
        NameObject("/ColorTransform"): NumberObject(0), NameObject("/Maker"): TextStringObject(MARK)})
    page = writer.add_blank_page(10, 10)
    page[NameObject("/Resources")] = DictionaryObject({
        NameObject("/XObject"): DictionaryObject({NameObject("/I0"): writer._add_object(image)}),
        NameObject("/Maker"): TextStringObject(MARK),
    })
    writer.write(out)
    rewrite(io.BytesIO(out.getvalue()), target)
    copy = target.getvalue()
    assert MARK.encode() not in copy
    resources = PdfReader(io.BytesIO(copy)).pages[0]["/Resources"]
    assert set(resources) == {"/XObject"}
    assert set(resources["/XObject"]["/I0"]) == {
        "/Type", "/Subtype", "/Width", "/Height", "/Filter", "/DecodeParms"}
    assert resources["/XObject"]["/I0"]["/DecodeParms"] == {"/ColorTransform": 0}


def test_what_only_dropped_keys_lead_to_is_not_written() -> None:
    """Also through several steps, and in a circle."""
    writer, out, target = PdfWriter(), io.BytesIO(), io.BytesIO()
    last = DecodedStreamObject()
    last.set_data(MARK.encode())
    far = DictionaryObject({NameObject("/Far"): writer._add_object(last)})
    circle = writer._add_object(far)
    far[NameObject("/Back")] = circle
    form = DecodedStreamObject()
    form.set_data(b"q Q")
    form.update({NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form"),
                 NameObject("/PieceInfo"): DictionaryObject({NameObject("/Editor"): circle}),
                 NameObject("/Ref"): circle, NameObject("/OC"): circle})
    page = writer.add_blank_page(10, 10)
    page[NameObject("/Resources")] = DictionaryObject({
        NameObject("/XObject"): DictionaryObject({NameObject("/F0"): writer._add_object(form)})})
    writer.write(out)
    assert MARK in everything(out.getvalue())
    rewrite(io.BytesIO(out.getvalue()), target)
    assert MARK not in everything(target.getvalue())
    assert MARK.encode() not in target.getvalue()
    reader = PdfReader(io.BytesIO(target.getvalue()))
    assert set(reader.root_object) == {"/Type", "/Pages"}
    assert reader.pages[0]["/Resources"]["/XObject"]["/F0"].get_data() == b"q Q"


def test_an_earlier_version_of_the_document_is_gone() -> None:
    writer, first = PdfWriter(), io.BytesIO()
    page = writer.add_blank_page(10, 10)
    body = DecodedStreamObject()
    body.set_data(f"BT ({MARK}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(body)
    writer.write(first)
    again, second = PdfWriter(io.BytesIO(first.getvalue()), incremental=True), io.BytesIO()
    changed = again.pages[0]["/Contents"].get_object()
    changed.set_data(b"BT (the plan) Tj ET")
    again.write(second)
    assert second.getvalue().startswith(first.getvalue())
    target = io.BytesIO()
    rewrite(io.BytesIO(second.getvalue()), target)
    assert MARK not in everything(target.getvalue())
    assert PdfReader(io.BytesIO(target.getvalue())).pages[0].get_contents().get_data().strip() == b"BT (the plan) Tj ET"


def test_instructions_lose_comments_and_hidden_words_wherever_they_are_cut() -> None:
    writer, out, target = PdfWriter(), io.BytesIO(), io.BytesIO()
    pieces = [f"% {MARK}\n/Span <</ActualText ({MARK})".encode(), b"/Deep <</Alt (x)>> >> BDC (the plan) Tj EMC"]
    page = writer.add_blank_page(10, 10)
    streams = []
    for piece in pieces:
        stream = DecodedStreamObject()
        stream.set_data(piece)
        streams.append(writer._add_object(stream))
    page[NameObject("/Contents")] = ArrayObject(streams)
    layer = DictionaryObject({NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject(MARK)})
    glyph, tile = DecodedStreamObject(), DecodedStreamObject()
    glyph.set_data(f"% {MARK}\n1 0 d0".encode())
    tile.set_data(f"% {MARK}\n0 0 1 1 re f".encode())
    tile[NameObject("/PatternType")] = NumberObject(1)
    font = DictionaryObject({
        NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type3"),
        NameObject("/CharProcs"): DictionaryObject({NameObject("/a"): writer._add_object(glyph)})})
    page[NameObject("/Resources")] = DictionaryObject({
        NameObject("/Properties"): DictionaryObject({NameObject("/MC0"): writer._add_object(layer)}),
        NameObject("/Font"): DictionaryObject({NameObject("/F0"): writer._add_object(font)}),
        NameObject("/Pattern"): DictionaryObject({NameObject("/P0"): writer._add_object(tile)}),
    })
    writer.write(out)
    rewrite(io.BytesIO(out.getvalue()), target)
    assert MARK not in everything(target.getvalue())
    page = PdfReader(io.BytesIO(target.getvalue())).pages[0]
    assert page["/Contents"].get_data() == b"\n/Span <<>> BDC (the plan) Tj EMC"
    assert page["/Resources"]["/Properties"] == {"/MC0": {}}
    assert page["/Resources"]["/Font"]["/F0"]["/CharProcs"]["/a"].get_data() == b"\n1 0 d0"
    assert page["/Resources"]["/Pattern"]["/P0"].get_data() == b"\n0 0 1 1 re f"


def test_a_colour_profile_keeps_its_numbers() -> None:
    writer, out, target = PdfWriter(), io.BytesIO(), io.BytesIO()
    colours = DecodedStreamObject()
    colours.set_data(profile(MARK.encode()))
    colours[NameObject("/N")] = NumberObject(3)
    page = writer.add_blank_page(10, 10)
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/ColorSpace"): DictionaryObject({
        NameObject("/C0"): ArrayObject([NameObject("/ICCBased"), writer._add_object(colours)])})})
    writer.write(out)
    rewrite(io.BytesIO(out.getvalue()), target)
    expected = PdfReader(io.BytesIO(target.getvalue())).pages[0]["/Resources"]["/ColorSpace"]["/C0"][1].get_object()
    assert expected.get_data() == profile(bytes(len(MARK)), bare=True)


@pytest.mark.parametrize(("limit", "value"), [
    ("competition.redaction.pdf.MOST_BYTES", 1000),
    ("competition.redaction.pdf_streams.MOST_UNPACKED", 10),
])
def test_a_document_that_is_too_large_is_held(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    source = marked()
    monkeypatch.setattr(limit, value)
    with pytest.raises(Withheld) as withheld:
        rewrite(io.BytesIO(source), io.BytesIO())
    assert withheld.value.reason == "large"


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
    monkeypatch.setattr(pikepdf.Pdf, "open", stumble)
    with pytest.raises(Withheld) as withheld:
        rewrite(io.BytesIO(source), io.BytesIO())
    assert withheld.value.reason == "unreadable"


@pytest.mark.parametrize(("data", "reason"), [(b"", "unreadable"), (b"%PDF-1.7\nnothing", "unreadable")])
def test_what_is_no_pdf_waits_for_a_person(data: bytes, reason: str) -> None:
    with pytest.raises(Withheld) as withheld:
        rewrite(io.BytesIO(data), io.BytesIO())
    assert withheld.value.reason == reason


def test_a_locked_file_waits_for_a_person() -> None:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(10, 10)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(out)
    with pytest.raises(Withheld) as withheld:
        rewrite(io.BytesIO(out.getvalue()), io.BytesIO())
    assert withheld.value.reason == "locked"


def test_a_file_with_layers_waits_for_a_person() -> None:
    """A layer that the team switched off, with its logo say, would show once the switches are gone."""
    writer, source = PdfWriter(), io.BytesIO()
    writer.add_blank_page(10, 10)
    writer._root_object[NameObject("/OCProperties")] = DictionaryObject({NameObject("/OCGs"): ArrayObject()})
    writer.write(source)
    with pytest.raises(Withheld) as withheld:
        rewrite(source, io.BytesIO())
    assert withheld.value.reason == "layers"


def test_pictures_that_unpack_to_too_much_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _photograph()._data
    source = _with_picture(["/FlateDecode", "/DCTDecode"], zlib.compress(data))
    monkeypatch.setattr("competition.redaction.pdf_streams.MOST_UNPACKED", len(data))
    rewrite(io.BytesIO(source), io.BytesIO())
    monkeypatch.setattr("competition.redaction.pdf_streams.MOST_UNPACKED", len(data) - 1)
    with pytest.raises(Withheld) as withheld:
        rewrite(io.BytesIO(source), io.BytesIO())
    assert withheld.value.reason == "large"
