"""PDFs that are damaged, locked or made to exhaust a reader: what is mended, and what waits for a person."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

import pytest
from pikepdf.settings import set_qpdf_limits
from pypdf import PdfReader, PdfWriter

from competition.redaction import Withheld, pdf_filters
from competition.redaction.pdf import rewrite
from tests.unit.redaction.test_pdf import MARK


def written(objects: list[bytes], trailer: bytes = b"") -> bytearray:
    """A PDF file of these objects, numbered from 1; the first is the catalogue."""
    data, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Root 1 0 R /Size %d %b>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, trailer, len(data))
    return data


def two_pages(**changed: bytes) -> bytearray:
    """Two pages that inherit size, turn and resources; ``changed`` replaces an object."""
    objects = {
        "catalogue": b"<</Type/Catalog/Pages 2 0 R>>",
        "tree": b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 60 80]/Rotate 90/Resources 6 0 R>>",
        "first": b"<</Type/Page/Parent 2 0 R/Contents 5 0 R>>",
        "second": b"<</Type/Page/Parent 2 0 R/Contents[5 0 R]/Rotate 0>>",
        "content": b"<</Length 14>>\nstream\n/G0 gs 9 w q Q\nendstream",
        "resources": b"<</ExtGState<</G0<</Type/ExtGState/LW 2>>/#c7#e5<</BM/#d5>>>>>>",
    }
    return written(list((objects | changed).values()))


def copied(data: bytes | bytearray) -> PdfReader:
    target = io.BytesIO()
    rewrite(io.BytesIO(data), target)
    return PdfReader(target)


def assert_two_pages(copy: PdfReader) -> None:
    assert [page.get_contents().get_data().strip() for page in copy.pages] == [b"/G0 gs 9 w q Q"] * 2
    for page, turn in zip(copy.pages, (90, 0), strict=True):
        assert (page["/MediaBox"], page["/Rotate"]) == ([0, 0, 60, 80], turn)
        assert page["/Resources"]["/ExtGState"]["/G0"] == {"/Type": "/ExtGState", "/LW": 2}


def test_pages_keep_what_they_inherit() -> None:
    copy = copied(two_pages())
    assert_two_pages(copy)
    assert copy.pdf_header == "%PDF-1.7"
    assert set(copy.trailer) == {"/Root", "/Size", "/ID"}
    assert b"/#c7#e5" in copy.stream.getvalue()  # a name need not be text


def test_the_identifier_is_of_the_copy() -> None:
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"]
    source = written(objects, trailer=f"/ID[({MARK})({MARK})]".encode())
    target = io.BytesIO()
    rewrite(io.BytesIO(source), target)
    assert MARK.encode() not in target.getvalue()


@pytest.mark.parametrize("damage", [
    lambda data: data.replace(b"startxref\n", b"startxref\n7"),
    lambda data: data.replace(b"00000 n", b"0000 n"),
    lambda data: data.replace(b"/Length 14", b"/Length 99"),
    lambda data: data.replace(b"/Size 7", b"/Size 4"),
    lambda data: b"X-Mailer: none\n\n" + data,
    lambda data: data + bytes(3000),
    lambda data: data[:data.index(b"startxref")],
], ids=["start of the table", "table", "length", "size", "bytes before", "bytes after", "no end"])
def test_damage_that_readers_mend_is_mended(damage: Callable[[bytes], bytes]) -> None:
    assert_two_pages(copied(damage(bytes(two_pages()))))


@pytest.mark.parametrize("data", [
    bytes(two_pages()).replace(b"4 0 obj", b"9 0 obj"),
    bytes(two_pages(second=b"<</Type/Pages/Kids[]/Count 1>>")),
    bytes(two_pages(tree=b"<</Type/Pages/Kids[]/Count 0>>")),
    bytes(two_pages(content=b"<</Length 9/Filter/FlateDecode>>\nstream\nno flate.\nendstream")),
    bytes(two_pages(content=b"<</Length 7>>\nstream\nBT (end\nendstream")),
    bytes(two_pages())[:150],
], ids=["page lost", "branch without pages", "no pages", "content no flate", "content without end", "cut off"])
def test_a_document_that_lost_something_waits_for_a_person(data: bytes) -> None:
    with pytest.raises(Withheld) as withheld:
        copied(data)
    assert withheld.value.reason == "unreadable"


def test_one_that_needs_no_password_to_read_is_locked_too() -> None:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(10, 10)
    writer.encrypt("", "owner", algorithm="RC4-128")
    writer.write(out)
    with pytest.raises(Withheld) as withheld:
        rewrite(out, io.BytesIO())
    assert withheld.value.reason == "locked"


def lzw_of_zeros(count: int) -> bytes:
    """LZW with codes that each stand for one byte more than the last: the strongest that there is."""
    bits, width, table, left = "", 9, 258, count
    bits += f"{256:09b}{0:09b}"
    left -= 1
    length = 1
    while left > 0:
        if table + 1 >= (1 << width) - 1 and width < 12:
            width += 1
        length += 1
        bits += f"{table:0{width}b}"
        table += 1
        left -= length
        if table == 4094:
            bits += f"{256:0{width}b}{0:09b}"
            width, table, length = 9, 258, 1
    bits += f"{257:0{width}b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


@pytest.mark.parametrize(("filters", "data"), [
    (b"/FlateDecode", zlib.compress(bytes(3_000_000))),
    (b"[/Fl/Fl]", zlib.compress(zlib.compress(bytes(3_000_000)))),
    (b"/RL", b"\x81\0" * 30_000),
    (b"[/LZW/LZW]", lzw_of_zeros(5000)),
    (b"[/Fl/LZW]", zlib.compress(lzw_of_zeros(5000))),
    (b"/LZW", lzw_of_zeros(3_000_000)),
], ids=["flate", "flate twice", "run length", "LZW twice", "LZW in flate", "LZW"])
def test_what_unpacks_to_too_much_is_held(
    monkeypatch: pytest.MonkeyPatch, filters: bytes, data: bytes
) -> None:
    limits = set_qpdf_limits(flate_max_memory=1_000_000, run_length_max_memory=1_000_000)
    monkeypatch.setattr(pdf_filters, "MOST_LZW", 1_000_000 // 1366)
    content = b"<</Length %d/Filter%b>>\nstream\n%b\nendstream" % (len(data), filters, data)
    try:
        with pytest.raises(Withheld) as withheld:
            copied(two_pages(content=content))
    finally:
        set_qpdf_limits(**limits)
    assert withheld.value.reason == "large"


def test_objects_that_unpack_to_too_much_are_held() -> None:
    """A list of objects inside the file, before any page is read."""
    packed = zlib.compress(b"7 0 " + b" " * (pdf_filters.MOST_DECODED + 1) + b"<<>>")
    stream = b"<</Type/ObjStm/N 1/First 4/Length %d/Filter/FlateDecode>>\nstream\n%b\nendstream" % (len(packed), packed)
    head = b"%PDF-1.7\n"
    catalogue = b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    third = b"3 0 obj\n" + stream + b"\nendobj\n"
    rows = b"".join((
        b"\0" + bytes(5), b"\1" + len(head).to_bytes(4) + b"\0", b"\2" + (3).to_bytes(4) + b"\0",
        b"\1" + (len(head) + len(catalogue)).to_bytes(4) + b"\0",
        b"\1" + (len(head) + len(catalogue) + len(third)).to_bytes(4) + b"\0"))
    table = b"4 0 obj\n<</Type/XRef/Size 5/W[1 4 1]/Root 1 0 R/Length %d>>\nstream\n%b\nendstream\nendobj\n" % (
        len(rows), rows)
    body = head + catalogue + third
    with pytest.raises(Withheld) as withheld:
        copied(body + table + b"startxref\n%d\n%%%%EOF\n" % len(body))
    assert withheld.value.reason == "unreadable"  # qpdf takes an object that it cannot read for none


def test_a_program_is_never_asked_to_decode() -> None:
    """qpdf's Python side would run jbig2dec."""
    with pytest.raises(Withheld) as withheld:
        copied(two_pages(content=b"<</Length 4/Filter/JBIG2Decode>>\nstream\nabcd\nendstream"))
    assert withheld.value.reason == "unreadable"


def test_a_long_chain_of_forms_is_held() -> None:
    count = 5000
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>>>"]
    objects += [
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0/Resources<</XObject<</X %d 0 R>>>>>>\n"
        b"stream\n\nendstream" % (number + 1) for number in range(4, 4 + count)]
    with pytest.raises(Withheld) as withheld:
        copied(written(objects))
    assert withheld.value.reason == "unreadable"
