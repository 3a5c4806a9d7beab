"""Drawing instructions keep every byte that draws; comments, properties and pictures' metadata go."""

from __future__ import annotations

import zlib

import pytest

from competition.redaction import Withheld
from competition.redaction.pdf_content import clean
from tests.unit.redaction.test_images import END, FRAME, SCAN, exif

MARK = b"QingheLatticeMarker"
TOLD, BARE = b"\xff\xd8" + exif(1) + FRAME + SCAN + END, b"\xff\xd8" + FRAME + SCAN + END


@pytest.mark.parametrize("data", [
    b"", b"q 1 0 0 1 0 0 cm /I0 Do Q", b"BT (100 % \\) (nested %) <<) Tj <4869> Tj ET",
    b"[(a)-20(BI )] TJ /BIG gs", b"/BI gs /P <<>> BDC EMC", b"(\\\\) Tj (line\\\nend) Tj",
])
def test_what_draws_stays_as_it_is(data: bytes) -> None:
    assert clean(data) == data


@pytest.mark.parametrize(("data", "expected"), [
    (b"% Lattice\nq % Lattice\rQ%Lattice", b"\nq \rQ"),
    (b"/Figure <</Alt (Lattice \\) >> logo) /MCID 3>> BDC EMC", b"/Figure <<>> BDC EMC"),
    (b"/P<</A<</B<4c>>>/C[(x)]>>BDC", b"/P<<>>BDC"),
    (b"/P << % >>\n/E (x) >> BDC (a) Tj", b"/P <<>> BDC (a) Tj"),
])
def test_comments_and_properties_go(data: bytes, expected: bytes) -> None:
    assert clean(data) == expected


@pytest.mark.parametrize(("head", "body"), [
    (b"/W 8 /H 8 /CS /G /BPC 8 /F /DCT", TOLD),
    (b"/W 8/H 8/CS/G/BPC 8/F[/DCT]", TOLD),
    (b"/W 8 /H 8 /CS /G /BPC 8 /Filter /DCTDecode /L 900", TOLD),
    (b"/W 8 /H 8 /CS /G /BPC 8 /F [/AHx /DCT] /DP [null null]", TOLD.hex().encode() + b">"),
    (b"/W 8 /H 8 /CS /G /BPC 8 /F [/Fl /DCT] /Maker (Lattice ID 1)", zlib.compress(TOLD)),
])
def test_a_photograph_between_instructions_is_rewritten(head: bytes, body: bytes) -> None:
    cleaned = clean(b"q BI " + head + b" ID " + body + b"\nEI Q % Lattice")
    assert cleaned == b"q BI /W 8 /H 8 /CS /G /BPC 8 /F /DCT ID " + BARE + b"\nEI Q "


def test_other_pictures_keep_their_bytes_and_lose_private_keys() -> None:
    noise = b"%\x80 EI \xff\x01(<<BI "
    head = b"/W 2 /H 2 /CS [/Indexed /RGB 1 (a] % \\) ID b)] /BPC 8 /D [0 1] /IM false"
    cleaned = clean(b"BI\n" + head + b" /Maker /Lattice % Lattice\n ID " + noise + b"\nEI\nQ (a) Tj")
    assert cleaned == b"BI " + head + b" ID " + noise + b"\nEI\nQ (a) Tj"
    for short in (b"BI /W 1 /H 1 /F /A85 ID 5sdq,~>EI Q", b"BI /W 4 /H 1 /CS /RGB /BPC 8 ID zzzEI aazaaz\nEI Q"):
        assert clean(short) == short


@pytest.mark.parametrize("data", [b"<<" * 200_000, b"BI " * 200_000, b"(" * 200_000, b"BI ID " * 200_000])
def test_nesting_costs_no_more_than_its_length(data: bytes) -> None:
    with pytest.raises(Withheld):
        clean(data)


@pytest.mark.parametrize(("data", "reason"), [
    (b"(no end", "unreadable"), (b"/P <</A (x) BDC", "unreadable"), (b"BI /W 1 /H 1", "unreadable"),
    (b"BI /W 1 /H 1 ID abc", "unreadable"), (b"BI /W /H 1 ID a\nEI", "unreadable"),
    (b"BI /F /DCT ID no photograph\nEI", "unreadable"), (b"BI /F /JPXDecode ID a\nEI", "embedded"),
    (b"BI /F [/DCT /Fl] ID a\nEI", "embedded"),
    (b"BI /D " + b"[" * 100_000 + b" ID a\nEI", "unreadable"),
])
def test_what_has_no_end_is_held(data: bytes, reason: str) -> None:
    with pytest.raises(Withheld) as withheld:
        clean(data)
    assert withheld.value.reason == reason
