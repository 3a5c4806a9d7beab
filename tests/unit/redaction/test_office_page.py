"""Tracked changes, hidden texts, rows and columns: what a page of an office file shows, and what it does not."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from competition.redaction import Withheld
from tests.unit.redaction.test_office import MARK, SHEET, SLIDES, SMALL, W, packed, parts_of, rewritten

SIGNED = f'w:id="7" w:author="{MARK}" w:date="2026-06-01T08:00:00Z"'


def body(content: str, part: str = "word/document.xml") -> str:
    """What a Word document's body becomes."""
    source = packed(SMALL | {part: f"<w:document {W}>{content}</w:document>"})
    parts = parts_of(rewritten(source))
    assert not [name for name, text in parts.items() if MARK.encode() in text]
    head, _sign, rest = parts[part].decode().partition(f"<w:document {W}")
    assert head == '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return rest.removeprefix(">").removesuffix("</w:document>")


@pytest.mark.parametrize(("written", "expected"), [
    (f"<w:p><w:r><w:t>A </w:t></w:r><w:ins {SIGNED}><w:r><w:t>new</w:t></w:r></w:ins><w:del {SIGNED}><w:r>"
     f"<w:delText>{MARK}</w:delText></w:r></w:del><w:r><w:t> plan</w:t></w:r></w:p>",
     "<w:p><w:r><w:t>A </w:t></w:r><w:r><w:t>new</w:t></w:r><w:r><w:t> plan</w:t></w:r></w:p>"),
    (f"<w:p><w:moveFromRangeStart {SIGNED} w:name='{MARK}'/><w:moveFrom {SIGNED}><w:r><w:t>{MARK}</w:t></w:r>"
     f"</w:moveFrom><w:moveFromRangeEnd w:id='7'/><w:moveToRangeStart {SIGNED} w:name='{MARK}'/><w:moveTo {SIGNED}>"
     "<w:r><w:t>moved</w:t></w:r></w:moveTo><w:moveToRangeEnd w:id='7'/></w:p>",
     "<w:p><w:r><w:t>moved</w:t></w:r></w:p>"),
    (f"<w:p><w:pPr><w:rPr><w:del {SIGNED}/></w:rPr><w:pPrChange {SIGNED}><w:pPr><w:pStyle w:val='{MARK}'/></w:pPr>"
     f"</w:pPrChange></w:pPr><w:r><w:rPr><w:b/><w:rPrChange {SIGNED}><w:rPr/></w:rPrChange></w:rPr><w:t>x</w:t></w:r>"
     "</w:p>", "<w:p><w:pPr><w:rPr/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>x</w:t></w:r></w:p>"),
    (f"<w:p><w:ins {SIGNED}><w:r><w:t>mine </w:t></w:r><w:del {SIGNED}><w:r><w:delText>{MARK}</w:delText></w:r></w:del>"
     "</w:ins></w:p>", "<w:p><w:r><w:t>mine </w:t></w:r></w:p>"),
    (f"<w:p><w:ins {SIGNED}/></w:p>", "<w:p/>"),
    (f"<w:tbl><w:tr><w:trPr><w:del {SIGNED}/></w:trPr><w:tc><w:p><w:r><w:t>{MARK}</w:t></w:r></w:p></w:tc></w:tr>"
     f"<w:tr><w:trPr><w:ins {SIGNED}/></w:trPr><w:tc><w:p><w:r><w:t>stays</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
     "<w:tbl><w:tr><w:trPr/><w:tc><w:p/></w:tc></w:tr>"
     "<w:tr><w:trPr/><w:tc><w:p><w:r><w:t>stays</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"),
    (f"<w:tr><w:tc><w:tcPr><w:cellDel {SIGNED}/></w:tcPr><w:p><w:r><w:t>{MARK}</w:t></w:r></w:p></w:tc>"
     f"<w:tc><w:tcPr><w:cellIns {SIGNED}/></w:tcPr><w:p><w:r><w:t>stays</w:t></w:r></w:p></w:tc></w:tr>",
     "<w:tr><w:tc><w:tcPr/><w:p/></w:tc><w:tc><w:tcPr/><w:p><w:r><w:t>stays</w:t></w:r></w:p></w:tc></w:tr>"),
    (f"<w:customXmlDelRangeStart {SIGNED}/><w:sdt><w:sdtContent/></w:sdt><w:customXmlDelRangeEnd w:id='7'/>",
     "<w:sdt><w:sdtContent/></w:sdt>"),
    ("<a:path xmlns:a='a'><a:moveTo><a:pt x='0' y='0'/></a:moveTo></a:path>",
     '<a:path xmlns:a="a"><a:moveTo><a:pt x="0" y="0"/></a:moveTo></a:path>'),
    ('<w:p w:rsidR="00AB12CD" w:rsidDel="00AB12CE"><w:pPr><w:sectPr w:rsidSect="00AB12CF"/></w:pPr></w:p>',
     "<w:p><w:pPr><w:sectPr/></w:pPr></w:p>"),
    ('<w:style w:type="paragraph"><w:name w:val="Normal"/><w:rsid w:val="00AB12CD"/></w:style>',
     '<w:style w:type="paragraph"><w:name w:val="Normal"/></w:style>'),
])
def test_a_document_reads_as_if_all_changes_were_accepted(written: str, expected: str) -> None:
    assert body(written) == expected


@pytest.mark.parametrize(("part", "content", "withheld"), [
    ("word/document.xml", "<w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r>", True),
    ("word/document.xml", "<w:r><w:rPr><w:vanish w:val='true'/></w:rPr><w:t>x</w:t></w:r>", True),
    ("word/document.xml", "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>x</w:t></w:r>", False),
    ("word/document.xml", "<w:r><w:rPr><w:webHidden/></w:rPr><w:t>x</w:t></w:r>", False),
    ("word/document.xml", "<w:p><w:pPr><w:rPr><w:vanish/><w:specVanish/></w:rPr></w:pPr></w:p>", False),
    ("word/document.xml", f"<w:del {SIGNED}><w:r><w:rPr><w:vanish/></w:rPr></w:r></w:del>", False),
    ("word/styles.xml", "<w:style w:styleId='a'><w:rPr><w:vanish/></w:rPr></w:style>", True),
    ("word/styles.xml", "<w:style w:styleId='a'><w:semiHidden/><w:hidden/></w:style>", False),
    ("word/document.xml", "<w:tr><w:trPr><w:hidden/></w:trPr></w:tr>", True),
    ("word/document.xml", "<wp:docPr id='1' name='a' hidden='1' xmlns:wp='wp'/>", True),
    ("ppt/slides/slide1.xml", "<p:cNvPr id='1' name='a' hidden='true' xmlns:p='p'/>", True),
    ("ppt/slides/slide1.xml", "<p:cNvPr id='1' name='a' hidden='0' xmlns:p='p'/>", False),
])
def test_hidden_texts_and_shapes_wait_for_a_person(part: str, content: str, withheld: bool) -> None:
    source = packed(SMALL | {part: f"<w:document {W}>{content}</w:document>"})
    if not withheld:
        assert set(parts_of(rewritten(source))) == {*SMALL, part}
        return
    with pytest.raises(Withheld) as withheld:
        rewritten(source)
    assert withheld.value.reason == "hidden"


def workbook(change: Callable[[Worksheet], object]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["Sensor", 12, "=B1*2"], ["Gateway", 3, None], ["Person", None, None]):
        sheet.append(row)
    change(sheet)
    book.save(out)
    return out.getvalue()


def hide_column(letter: str, **shown: object) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for key, value in (shown or {"hidden": True}).items():
            setattr(sheet.column_dimensions[letter], key, value)

    return change


def hide_row(number: int, **shown: object) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for key, value in (shown or {"hidden": True}).items():
            setattr(sheet.row_dimensions[number], key, value)

    return change


@pytest.mark.parametrize(("change", "withheld"), [
    (hide_row(2), True), (hide_row(3), True), (hide_row(4), False),
    (hide_row(2, height=30), False),
    (hide_column("A"), True), (hide_column("B"), True), (hide_column("C"), True), (hide_column("D"), False),
    (hide_column("B", width=30), False),
    (lambda sheet: sheet.column_dimensions.group("B", "XFD", hidden=True), True),
    (lambda sheet: sheet.column_dimensions.group("D", "XFD", hidden=True), False),  # an unused right side
])
def test_a_sheet_waits_when_something_is_in_its_hidden_rows_and_columns(
    change: Callable[[Worksheet], None], withheld: bool
) -> None:
    source = workbook(change)
    if withheld:
        with pytest.raises(Withheld) as withheld:
            rewritten(source, SHEET)
        assert withheld.value.reason == "hidden"
        return
    sheet = openpyxl.load_workbook(io.BytesIO(rewritten(source, SHEET))).active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet["A1:C3"]] == [
        ["Sensor", 12, "=B1*2"], ["Gateway", 3, None], ["Person", None, None]]


@pytest.mark.parametrize(("column", "row", "cells", "withheld"), [
    ("hidden='1'", "", "<c><v>1</v></c><c><v>2</v></c>", True),
    ("hidden='1'", "", "<c><v>1</v></c><c s='1'/><c><v>3</v></c>", False),
    ("hidden='1'", "", "<c r='AB1'><v>1</v></c>", False),
    ("hidden='1'", "", "<c r='B1' t='inlineStr'><is><t>x</t></is></c>", True),
    ("width='0'", "", "<c r='B1'><f>A1</f></c>", True),
    ("width='0.0'", "", "<c r='B1'><v>1</v></c>", True),
    ("width='9.1'", "ht='0' customHeight='1'", "<c r='B1'><v>1</v></c>", True),
    ("width='9.1'", "ht='15.5' hidden='0'", "<c r='B1'><v>1</v></c>", False),
    ("width='9.1'", "hidden='true'", "<c r='B1' s='4'/>", False),
])
def test_a_cell_is_hidden_by_its_row_or_column(column: str, row: str, cells: str, withheld: bool) -> None:
    sheet = (f"<worksheet><cols><col min='2' max='2' {column}/></cols><sheetData><row {row}>{cells}</row></sheetData>"
             "</worksheet>")
    source = packed(SMALL | {"xl/worksheets/sheet1.xml": sheet})
    if withheld:
        with pytest.raises(Withheld):
            rewritten(source, SHEET)
    else:
        assert "xl/worksheets/sheet1.xml" in parts_of(rewritten(source, SHEET))


def test_names_that_programs_hide_in_a_workbook_go_and_remarks_on_others_too() -> None:
    names = (f"<definedName name='{MARK}' hidden='1'>\"{MARK}\"</definedName>"
             "<definedName name='_xlnm._FilterDatabase' hidden='1' localSheetId='0'>A!$A$1</definedName>"
             f"<definedName name='Costs' comment='{MARK}' description='{MARK}'>A!$A$2</definedName>")
    source = packed(SMALL | {"xl/workbook.xml": f"<workbook><definedNames>{names}</definedNames></workbook>"})
    assert parts_of(rewritten(source, SHEET))["xl/workbook.xml"].decode().partition("\n")[2] == (
        '<workbook><definedNames><definedName name="_xlnm._FilterDatabase" hidden="1" localSheetId="0">A!$A$1'
        '</definedName><definedName name="Costs">A!$A$2</definedName></definedNames></workbook>')


def test_slides_in_a_deck_keep_their_words() -> None:
    """Letters that end as a change does are no change."""
    slide = "<p:sld xmlns:p='p' xmlns:a='a'><a:bodyPr lIns='0'/><a:t>Insert, delete, move</a:t></p:sld>"
    parts = parts_of(rewritten(packed(SMALL | {"ppt/slides/slide1.xml": slide}), SLIDES))
    assert parts["ppt/slides/slide1.xml"].decode().partition("\n")[2] == (
        '<p:sld xmlns:p="p" xmlns:a="a"><a:bodyPr lIns="0"/><a:t>Insert, delete, move</a:t></p:sld>')


@pytest.mark.parametrize(("columns", "withheld"), [
    ("<col min='1' max='1'/>" * 3, False), ("<col min='2' max='99999999999' hidden='1'/>", False),
    ("<col min='9' max='2' hidden='1'/>", False), ("<col hidden='1'/>", False),
    ("<col min='3' max='3' hidden='1'/>" * 16_385, True),
])
def test_a_sheet_has_so_many_columns_and_no_more(columns: str, withheld: bool) -> None:
    cells = "<row><c r='A1'><v>1</v></c><c r='XFE1'><v>1</v></c><c r='AAAAAAA1'><v>1</v></c></row>"
    sheet = f"<worksheet><cols>{columns}</cols><sheetData>{cells}</sheetData></worksheet>"
    source = packed(SMALL | {"xl/worksheets/sheet1.xml": sheet})
    if withheld:
        with pytest.raises(Withheld) as withheld:
            rewritten(source, SHEET)
        assert withheld.value.reason == "unreadable"
    else:
        assert "xl/worksheets/sheet1.xml" in parts_of(rewritten(source, SHEET))
