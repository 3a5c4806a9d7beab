"""What an office file tells by itself: hidden slides and sheets, and addresses that Word cuts into pieces."""

from __future__ import annotations

import re

import pytest

from competition.redaction import Withheld
from tests.unit.redaction.test_office import SMALL, W, packed, parts_of, rewritten


@pytest.mark.parametrize(("part", "content", "withheld"), [
    ("ppt/slides/slide1.xml", "<p:sld xmlns:p='p' show='0'/>", True),
    ("ppt/slides/slide1.xml", "<p:sld xmlns:p='p' show='false'/>", True),
    ("ppt/slides/slide1.xml", "<p:sld xmlns:p='p' show='1'/>", False),
    ("xl/workbook.xml", "<workbook><sheets><sheet name='a' state='hidden'/></sheets></workbook>", True),
    ("xl/workbook.xml", "<workbook><sheets><sheet name='a' state='veryHidden'/></sheets></workbook>", True),
    ("xl/workbook.xml", "<workbook><sheets><sheet name='a' state='visible'/></sheets></workbook>", False),
    ("xl/workbook.xml", "<workbook><sheets><sheet name='a'/></sheets></workbook>", False),
])
def test_hidden_slides_and_sheets_wait_for_a_person(part: str, content: str, withheld: bool) -> None:
    source = packed(SMALL | {part: content})
    if withheld:
        with pytest.raises(Withheld) as withheld:
            rewritten(source)
        assert withheld.value.reason == "hidden"
    else:
        assert list(parts_of(rewritten(source))) == sorted([*SMALL, part])


@pytest.mark.parametrize(("pieces", "expected"), [
    (["HYPERLINK \"htt", "ps://lattice", ".cn\" \\o \"Lat", "tice\" ", "PAGEREF _Toc1 \\h"],
     ["HYPERLINK \"about:blank", "", "\" \\o \"about:blank", "\" ", "PAGEREF _Toc1 \\h"]),
    ([" hyperlink \"", "lattice.cn", "\"", " DATE \\@ \"yyyy", "-MM\""],
     [" hyperlink \"about:blank", "", "\"", " DATE \\@ \"yyyy", "-MM\""]),
    (["HYPERLINK \\", "l \"_To", "c1\" \\o \"Lattice\""], ["HYPERLINK \\", "l \"_To", "c1\" \\o \"about:blank\""]),
    (["SEQ Figure \\* ARABIC"], ["SEQ Figure \\* ARABIC"]),
])
def test_an_address_is_found_however_word_cuts_it(pieces: list[str], expected: list[str]) -> None:
    body = "".join(f"<w:instrText>{piece.replace(chr(34), '&quot;')}</w:instrText>" for piece in pieces)
    copy = parts_of(rewritten(packed(SMALL | {"word/document.xml": f"<w:document {W}>{body}</w:document>"})))
    instructions = re.findall(r"<w:instrText(?:/>|>([^<]*)</w:instrText>)", copy["word/document.xml"].decode())
    assert instructions == expected


@pytest.mark.parametrize(("written", "expected"), [
    ("<hyperlink ref='A1' tooltip='https://lattice.cn' display='mailto:a@lattice.cn'/>",
     '<hyperlink ref="A1" tooltip="about:blank" display="about:blank"/>'),
    ("<a:hlinkClick tooltip='Our plan' xmlns:a='a'/>", '<a:hlinkClick tooltip="Our plan" xmlns:a="a"/>'),
    ("<v:shape id='s' href='https://lattice.cn' xmlns:v='v'/>", '<v:shape id="s" href="about:blank" xmlns:v="v"/>'),
    ("<v:shape id='s' href='#place' xmlns:v='v'/>", '<v:shape id="s" href="#place" xmlns:v="v"/>'),
    ("<w:permStart w:id='1' w:ed='a@lattice.cn' xmlns:w='w'/>", '<w:permStart w:id="1" w:ed="" xmlns:w="w"/>'),
    ("<protectedRange name='r' securityDescriptor='O:lattice'/>", '<protectedRange name="r" securityDescriptor=""/>'),
    ("<c:f xmlns:c='c'>'C:\\Users\\lattice\\[Costs.xlsx]Year 1'!$A$1:$B$2</c:f>",
     "<c:f xmlns:c=\"c\">'[Book]Year 1'!$A$1:$B$2</c:f>"),
    ("<f>SUM(B2+[lattice.xls]S!A1,Costs[Total])+'[1]S'!A1</f>",
     "<f>SUM(B2+[Book]S!A1,Costs[Total])+'[1]S'!A1</f>"),
])
def test_links_accounts_and_other_workbooks_are_not_named(written: str, expected: str) -> None:
    source = packed(SMALL | {"xl/part.xml": written})
    assert parts_of(rewritten(source))["xl/part.xml"].decode().partition("\n")[2] == expected


@pytest.mark.parametrize(("written", "expected"), [
    ("<a:theme name='Lattice Corporate' xmlns:a='a'><a:clrScheme name='Lattice'/><a:fontScheme name='Lattice'/>"
     "<a:fmtScheme name='Lattice'/><t:themeFamily name='Lattice' id='{1}' xmlns:t='t'/></a:theme>",
     '<a:theme name="Theme" xmlns:a="a"><a:clrScheme name="Theme"/><a:fontScheme name="Theme"/>'
     '<a:fmtScheme name="Theme"/><t:themeFamily name="Theme" id="{1}" xmlns:t="t"/></a:theme>'),
    ("<p:cSld name='Lattice title' xmlns:p='p'/>", '<p:cSld name="" xmlns:p="p"/>'),
    ("<p14:sectionLst xmlns:p14='p'><p14:section name='Lattice' id='{1}'/></p14:sectionLst>",
     '<p14:sectionLst xmlns:p14="p"><p14:section name="Section" id="{1}"/></p14:sectionLst>'),
    ("<w:styles xmlns:w='w'><w:style w:styleId='Heading1'><w:name w:val='heading 1'/></w:style>"
     "<w:style w:customStyle='1' w:styleId='a'><w:name w:val='Lattice body'/><w:aliases w:val='Lattice'/></w:style>"
     "<w:style w:customStyle='true' w:styleId='b'><w:name w:val='Lattice note'/></w:style></w:styles>",
     '<w:styles xmlns:w="w"><w:style w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
     '<w:style w:customStyle="1" w:styleId="a"><w:name w:val="Style 1"/></w:style>'
     '<w:style w:customStyle="true" w:styleId="b"><w:name w:val="Style 2"/></w:style></w:styles>'),
    ("<cellStyles><cellStyle name='Normal' xfId='0' builtinId='0'/><cellStyle name='Lattice' xfId='1'/></cellStyles>",
     '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/><cellStyle name="Style 1" xfId="1"/></cellStyles>'),
])
def test_designs_and_styles_are_not_named_after_a_house(written: str, expected: str) -> None:
    source = packed(SMALL | {"word/part.xml": written})
    assert parts_of(rewritten(source))["word/part.xml"].decode().partition("\n")[2] == expected
