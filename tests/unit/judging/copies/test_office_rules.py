"""What an office file tells by itself: hidden slides and sheets, and addresses that Word cuts into pieces."""

from __future__ import annotations

import re

import pytest

from competition.judging.copies import Held
from tests.unit.judging.copies.test_office import SMALL, W, packed, parts_of, rewritten


@pytest.mark.parametrize(("part", "content", "held"), [
    ("ppt/slides/slide1.xml", "<p:sld xmlns:p='p' show='0'/>", True),
    ("ppt/slides/slide1.xml", "<p:sld xmlns:p='p' show='false'/>", True),
    ("ppt/slides/slide1.xml", "<p:sld xmlns:p='p' show='1'/>", False),
    ("xl/workbook.xml", "<workbook><sheets><sheet name='a' state='hidden'/></sheets></workbook>", True),
    ("xl/workbook.xml", "<workbook><sheets><sheet name='a' state='veryHidden'/></sheets></workbook>", True),
    ("xl/workbook.xml", "<workbook><sheets><sheet name='a' state='visible'/></sheets></workbook>", False),
    ("xl/workbook.xml", "<workbook><sheets><sheet name='a'/></sheets></workbook>", False),
])
def test_hidden_slides_and_sheets_wait_for_a_person(part: str, content: str, held: bool) -> None:
    source = packed(SMALL | {part: content})
    if held:
        with pytest.raises(Held) as caught:
            rewritten(source)
        assert caught.value.reason == "hidden"
    else:
        assert list(parts_of(rewritten(source))) == sorted([*SMALL, part])


@pytest.mark.parametrize(("pieces", "kept"), [
    (["HYPERLINK \"htt", "ps://lattice", ".cn\" \\o \"Lat", "tice\" ", "PAGEREF _Toc1 \\h"],
     ["HYPERLINK \"about:blank", "", "\" \\o \"about:blank", "\" ", "PAGEREF _Toc1 \\h"]),
    ([" hyperlink \"", "lattice.cn", "\"", " DATE \\@ \"yyyy", "-MM\""],
     [" hyperlink \"about:blank", "", "\"", " DATE \\@ \"yyyy", "-MM\""]),
    (["HYPERLINK \\", "l \"_To", "c1\" \\o \"Lattice\""], ["HYPERLINK \\", "l \"_To", "c1\" \\o \"about:blank\""]),
    (["SEQ Figure \\* ARABIC"], ["SEQ Figure \\* ARABIC"]),
])
def test_an_address_is_found_however_word_cuts_it(pieces: list[str], kept: list[str]) -> None:
    body = "".join(f"<w:instrText>{piece.replace(chr(34), '&quot;')}</w:instrText>" for piece in pieces)
    copy = parts_of(rewritten(packed(SMALL | {"word/document.xml": f"<w:document {W}>{body}</w:document>"})))
    found = re.findall(r"<w:instrText(?:/>|>([^<]*)</w:instrText>)", copy["word/document.xml"].decode())
    assert found == kept
