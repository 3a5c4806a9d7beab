"""Office files for judges: what pages, slides and sheets show stays; nothing says who made them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

import openpyxl
import pytest
from openpyxl.comments import Comment

from competition.redaction import OFFICE, Withheld, office, rewrite
from tests.unit.redaction.test_images import DATA, END, FRAME, HEAD, JFIF, LAST, SCAN, chunk, exif

MARK = "QingheLatticeMarker"
WORD, SLIDES, SHEET = (
    f"{OFFICE}{kind}" for kind in ("wordprocessingml.document", "presentationml.presentation", "spreadsheetml.sheet")
)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MARKED_JPEG = b"\xff\xd8" + JFIF + exif(6) + FRAME + SCAN + END
MARKED_PNG = HEAD + chunk(b"tEXt", MARK.encode()) + DATA + LAST


def packed(parts: Mapping[str, bytes | str], *, stored: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(data: bytes, kind: str = WORD) -> bytes:
    out = io.BytesIO()
    rewrite(kind, io.BytesIO(data), out)
    return out.getvalue()


def links(*listed: tuple[str, str, str]) -> str:
    """A part of relationships: kind, target, and "External" or nothing."""
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{KINDS}/{kind}" Target="{target}"'
        + (f' TargetMode="{mode}"' if mode else "") + "/>"
        for n, (kind, target, mode) in enumerate(listed, 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'


def targets(part: bytes) -> list[str]:
    return re.findall(r'Target="([^"]*)"', part.decode())


def types(*parts: str) -> str:
    lines = "".join(f'<Override PartName="/{part}" ContentType="application/xml"/>' for part in parts)
    return ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Default Extension="xml" ContentType="application/xml"/>{lines}</Types>')


def document() -> dict[str, bytes | str]:
    """A Word file with a team's mark in every place beside its text."""
    return {
        "[Content_Types].xml": types("word/document.xml", "docProps/core.xml", "word/people.xml"),
        "_rels/.rels": links(("officeDocument", "word/document.xml", ""), ("core-properties", "docProps/core.xml", ""),
                             ("thumbnail", "docProps/thumbnail.jpeg", "")),
        "docProps/core.xml": f"<core><creator>{MARK}</creator><lastModifiedBy>{MARK}</lastModifiedBy></core>",
        "docProps/app.xml": f"<Properties><Company>{MARK}</Company></Properties>",
        "docProps/custom.xml": f"<Properties><property>{MARK}</property></Properties>",
        "docProps/thumbnail.jpeg": MARKED_JPEG,
        "word/document.xml": (
            f'<?xml version="1.0"?><!-- {MARK} --><?editor {MARK}?>'
            f'<w:document {W} {R} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            f'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" mc:Ignorable="w14"><w:body>'
            f'<w:p w:rsidR="00AB12CD" w14:paraId="1"><w:r><w:t xml:space="preserve"> Plan &amp; 方案 &lt;b&gt; </w:t>'
            f'</w:r>'
            f'<w:ins w:id="1" w:author="{MARK}" w:date="2026-06-01T08:00:00Z"><w:r><w:t>added</w:t></w:r></w:ins>'
            f'<w:r><w:instrText>HYPERLINK "https://{MARK}.cn"</w:instrText></w:r>'
            f'<w:r><w:instrText>PAGEREF _Toc1 \\h</w:instrText></w:r>'
            f'<w:fldSimple w:instr=" INCLUDEPICTURE &quot;C:\\\\Users\\\\{MARK}\\\\a b.png&quot; \\d "/>'
            f'<w:drawing><wp:docPr id="1" name="Picture 1" descr="C:\\Users\\{MARK}\\roof.jpg" xmlns:wp="wp"/>'
            f'<pic:cNvPr id="2" name="{MARK}.jpg" descr="A roof" xmlns:pic="pic"/></w:drawing>'
            f'<w:hyperlink r:id="rId2"><w:r><w:t>our site</w:t></w:r></w:hyperlink>'
            f'<w:sdt><w:dataBinding w:xpath="/{MARK}"/></w:sdt></w:p></w:body></w:document>'
        ),
        "word/_rels/document.xml.rels": links(
            ("image", "media/image1.jpeg", ""), ("hyperlink", f"https://{MARK}.cn", "External"),
            ("people", "people.xml", ""), ("customXml", "../customXml/item1.xml", ""), ("settings", "settings.xml", ""),
        ),
        "word/comments.xml": f'<w:comments {W}><w:comment w:id="0" w:author="{MARK}" w:initials="QL" '
                             f'w:date="2026-06-01T08:00:00Z"><w:p><w:r><w:t>Good?</w:t></w:r></w:p></w:comment></w:comments>',
        "word/people.xml": f'<w15:people xmlns:w15="w15"><w15:person w15:author="{MARK}"/></w15:people>',
        "word/settings.xml": f'<w:settings {W} {R}><w:attachedTemplate r:id="rId1"/><w:rsids><w:rsid w:val="{MARK}"/>'
                             f'</w:rsids><w:zoom w:percent="100"/></w:settings>',
        "word/_rels/settings.xml.rels": links(("attachedTemplate", f"file:///C:/{MARK}.dotx", "External")),
        "word/media/image1.jpeg": MARKED_JPEG,
        "word/media/image2.png": MARKED_PNG,
        "customXml/item1.xml": f"<b:Sources xmlns:b='b'>{MARK}</b:Sources>",
    }


def test_a_document_keeps_its_text_and_loses_every_mark() -> None:
    copy = rewritten(packed(document()))
    parts = parts_of(copy)
    assert list(parts) == [
        "[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/_rels/settings.xml.rels",
        "word/comments.xml", "word/document.xml", "word/media/image1.jpeg", "word/media/image2.png",
        "word/settings.xml",
    ]
    assert not [name for name, content in parts.items() if MARK.lower().encode() in content.lower()]
    body = parts["word/document.xml"].decode()
    assert body == (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:document {W} {R} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" mc:Ignorable="w14"><w:body>'
        '<w:p w14:paraId="1"><w:r><w:t xml:space="preserve"> Plan &amp; 方案 &lt;b&gt; </w:t></w:r>'
        '<w:r><w:t>added</w:t></w:r>'
        '<w:r><w:instrText>HYPERLINK "about:blank"</w:instrText></w:r>'
        '<w:r><w:instrText>PAGEREF _Toc1 \\h</w:instrText></w:r>'
        '<w:fldSimple w:instr=" INCLUDEPICTURE &quot;about:blank&quot; \\d "/>'
        '<w:drawing><wp:docPr id="1" name="Picture 1" descr="Picture" xmlns:wp="wp"/>'
        '<pic:cNvPr id="2" name="Picture" descr="A roof" xmlns:pic="pic"/></w:drawing>'
        '<w:hyperlink r:id="rId2"><w:r><w:t>our site</w:t></w:r></w:hyperlink>'
        '<w:sdt/></w:p></w:body></w:document>'
    )
    assert targets(parts["word/_rels/document.xml.rels"]) == ["media/image1.jpeg", "about:blank", "settings.xml"]
    assert targets(parts["_rels/.rels"]) == ["word/document.xml"]
    assert targets(parts["word/_rels/settings.xml.rels"]) == []
    assert parts["word/settings.xml"].decode().endswith('<w:zoom w:percent="100"/></w:settings>')
    assert 'w:author="Author" w:initials="A"' in parts["word/comments.xml"].decode()
    assert "docProps" not in parts["[Content_Types].xml"].decode()
    assert b"GPS" not in parts["word/media/image1.jpeg"]


def test_the_same_file_gives_the_same_bytes_however_it_was_packed() -> None:
    parts = document()
    copy = rewritten(packed(parts))
    assert rewritten(packed(parts)) == copy
    assert rewritten(packed(dict(reversed(parts.items())), stored=True)) == copy
    assert rewritten(copy) == copy


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.properties.creator = book.properties.lastModifiedBy = book.properties.title = MARK
    sheet = book.active
    assert sheet is not None
    sheet.title = "Costs"
    sheet.append(["Sensor", 12])
    sheet["A1"].comment = Comment(f"{MARK}:\ntoo dear", MARK)
    sheet["B1"].hyperlink = f"mailto:someone@{MARK}.cn"
    book.save(out)
    return out.getvalue()


def test_a_workbook_keeps_its_cells_and_its_comments_by_nobody() -> None:
    copy = rewritten(workbook(), SHEET)
    assert not [name for name, content in parts_of(copy).items() if MARK.encode() in content and "comment" not in name]
    book = openpyxl.load_workbook(io.BytesIO(copy))
    sheet = book["Costs"]
    assert [cell.value for cell in sheet[1]] == ["Sensor", 12]
    comment = sheet["A1"].comment
    assert comment is not None
    assert comment.author == "Author"
    assert sheet["B1"].hyperlink.target == "about:blank"
    assert book.properties.creator != MARK


def test_excel_begins_a_comment_with_its_author_and_names_people_elsewhere() -> None:
    parts = {
        "[Content_Types].xml": types("xl/workbook.xml"),
        "xl/comments1.xml": f"<comments><authors><author>{MARK}</author></authors><commentList><comment ref='A1' "
                            f"authorId='0'><text><r><t>{MARK}:</t></r><r><t>\ntoo dear</t></r></text></comment>"
                            "</commentList></comments>",
        "xl/workbook.xml": f"<workbook><fileSharing userName='{MARK}'/><mc:Choice xmlns:mc='mc'><x15ac:absPath "
                           f"xmlns:x15ac='x' url='C:\\{MARK}'/></mc:Choice><customWorkbookViews><customWorkbookView "
                           f"name='{MARK}'/></customWorkbookViews></workbook>",
        "xl/pivotCache/pivotCacheDefinition1.xml": f"<pivotCacheDefinition refreshedBy='{MARK}'/>",
        "xl/connections.xml": f"<connections><connection id='1' sourceFile='C:\\{MARK}' name='a'><dbPr "
                              f"connection='Server={MARK}'/></connection></connections>",
        "xl/tables/table1.xml": "<table displayName='Costs' name='Costs'/>",
        "xl/worksheets/sheet1.xml": f"<worksheet {R}><pageSetup orientation='portrait' r:id='rId1'/></worksheet>",
        "xl/worksheets/_rels/sheet1.xml.rels": links(
            ("printerSettings", "../printerSettings/printerSettings1.bin", "")),
        "xl/printerSettings/printerSettings1.bin": MARK.encode("utf-16-le"),
        "xl/persons/person.xml": f"<personList><person displayName='{MARK}' userId='{MARK}'/></personList>",
        "xl/threadedComments/threadedComment1.xml": "<ThreadedComments><threadedComment dT='2026-06-01T08:00:00.00' "
                                                    "personId='{1}'><text>Why?</text></threadedComment></ThreadedComments>",
    }
    parts = {name: content.decode().partition("\n")[2] for name, content in parts_of(
        rewritten(packed(parts), SHEET)).items()}
    assert not [name for name, content in parts.items() if MARK in content]
    assert "xl/printerSettings/printerSettings1.bin" not in parts
    assert "xl/persons/person.xml" not in parts
    assert parts["xl/comments1.xml"] == (
        '<comments><authors><author>Author</author></authors><commentList><comment ref="A1" authorId="0"><text><r>'
        "<t>Author:</t></r><r><t>\ntoo dear</t></r></text></comment></commentList></comments>")
    assert parts["xl/connections.xml"] == (
        '<connections><connection id="1" sourceFile="" name="a"><dbPr connection=""/></connection></connections>')
    assert parts["xl/tables/table1.xml"] == '<table displayName="Costs" name="Costs"/>'
    assert parts["xl/worksheets/sheet1.xml"] == f'<worksheet {R}><pageSetup orientation="portrait"/></worksheet>'
    assert 'dT="2000-01-01T00:00:00Z"' in parts["xl/threadedComments/threadedComment1.xml"]


def emf(description: str) -> bytes:
    text = description.encode("utf-16-le")
    head = bytearray(108)
    head[40:44] = b" EMF"
    head[60:68] = len(description).to_bytes(4, "little") + (108).to_bytes(4, "little")
    return bytes(head) + text + b"records"


def test_slides_with_a_chart_s_workbook_and_drawings() -> None:
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": types("ppt/presentation.xml"),
        "ppt/presentation.xml": "<p:presentation xmlns:p='p'/>",
        "ppt/commentAuthors.xml": f"<p:cmAuthorLst xmlns:p='p'><p:cmAuthor id='0' name='{MARK}' "
                                  "initials='QL' clrIdx='0'/></p:cmAuthorLst>",
        "ppt/authors.xml": f"<a:authorLst xmlns:a='a'><a:author id='{{1}}' name='{MARK}' initials='QL' "
                           f"userId='S::{MARK}@a.cn' providerId='AD'/></a:authorLst>",
        "ppt/changesInfos/changesInfo1.xml": f"<pc:chgInfo xmlns:pc='c' name='{MARK}'/>",
        "ppt/revisionInfo.xml": f"<p:revInfo xmlns:p='p' x='{MARK}'/>",
        "ppt/embeddings/Microsoft_Excel_Sheet1.xlsx": workbook(),
        "ppt/media/image1.emf": emf(f"Inkscape\0{MARK}\0\0"),
        "ppt/media/image2.svg": f"<svg xmlns:inkscape='i' inkscape:export='{MARK}'><metadata>{MARK}</metadata>"
                                f"<title>{MARK}</title><a href='https://{MARK}.cn'><path d='M0 0'/></a>"
                                "<use href='#x'/></svg>",
    }
    parts = parts_of(rewritten(packed(parts), SLIDES))
    assert not [name for name, content in parts.items() if MARK.encode() in content and not name.endswith("xlsx")]
    assert MARK.encode("utf-16-le") not in parts["ppt/media/image1.emf"]
    assert parts["ppt/media/image1.emf"].endswith(b"records")
    assert len(parts["ppt/media/image1.emf"]) == len(emf(f"Inkscape\0{MARK}\0\0"))
    assert "ppt/revisionInfo.xml" not in parts
    assert "ppt/changesInfos/changesInfo1.xml" not in parts
    assert parts["ppt/media/image2.svg"].decode().partition("\n")[2] == (
        '<svg><a href="about:blank"><path d="M0 0"/></a><use href="#x"/></svg>')
    inner = openpyxl.load_workbook(io.BytesIO(parts["ppt/embeddings/Microsoft_Excel_Sheet1.xlsx"]))
    assert inner.properties.creator != MARK
    assert '<a:author id="{1}" name="Author" initials="A" userId="None" providerId="None"/>' in (
        parts["ppt/authors.xml"].decode())


SMALL = {"[Content_Types].xml": types("word/document.xml"), "word/document.xml": f"<w:document {W}/>"}
LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "unreadable"),
    (b"no archive at all", "unreadable"),
    (packed(SMALL)[:-30], "unreadable"),
    (packed({"word/document.xml": "<a/>"}), "unreadable"),
    (packed(SMALL | {"word/document.xml": "<w:document>"}), "unreadable"),
    *((packed(SMALL | {"word/document.xml": f'<?xml version="1.0" encoding="{encoding}"?><a/>'}), "unreadable")
      for encoding in ("x-evil", "zlib", "hex", "utf-7", "big5")),
    (packed(SMALL | {"word/document.xml": LAUGHS}), "unreadable"),
    (packed(SMALL | {"word/document.xml": "<a>" * 1001 + "</a>" * 1001}), "unreadable"),
    (packed(SMALL | {"Word/Document.xml": "<a/>"}), "unreadable"),
    (packed(SMALL | {"word/media/image1.png": b"no picture"}), "unreadable"),
    (packed(SMALL | {"word/embeddings/oleObject1.bin": b"x"}), "embedded"),
    (packed(SMALL | {"ppt/media/media1.mp4": b"x"}), "embedded"),
    (packed(SMALL | {"word/media/image1.svg": "<svg><image href='data:image/png;base64,AAAA'/></svg>"}), "embedded"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "locked"),
])
def test_what_cannot_be_rewritten_is_held(data: bytes, reason: str) -> None:
    with pytest.raises(Withheld) as withheld:
        rewritten(data)
    assert withheld.value.reason == reason


def test_documents_in_documents_end_somewhere() -> None:
    inner = packed(SMALL)
    for _level in range(2):
        inner = packed(SMALL | {"word/embeddings/inner.docx": inner})
    assert rewritten(inner) == rewritten(rewritten(inner))
    with pytest.raises(Withheld) as withheld:
        rewritten(packed(SMALL | {"word/embeddings/inner.docx": inner}))
    assert withheld.value.reason == "embedded"


@pytest.mark.parametrize(("limit", "value"), [("MOST_PARTS", 2), ("MOST_UNPACKED", 100), ("MOST_MARKUP", 100)])
def test_bombs_are_held_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    bomb = packed(SMALL | {"word/a.xml": "<a>" + " " * 200 + "</a>"})
    monkeypatch.setattr(office, limit, value)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(Withheld) as withheld:
        rewritten(bomb)
    assert withheld.value.reason == "large"


@pytest.mark.parametrize(("limit", "value"), [("MOST_PARTS", 8), ("MOST_UNPACKED", 25_000), ("MOST_MARKUP", 25_000)])
def test_documents_inside_share_the_room_of_the_whole(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    inner = packed(SMALL | {"word/a.xml": "<a>" + " " * 10_000 + "</a>"})
    outer = packed(SMALL | {f"word/embeddings/{at}.docx": inner for at in range(3)})
    assert rewritten(outer)
    monkeypatch.setattr(office, limit, value)
    assert rewritten(inner)
    with pytest.raises(Withheld) as withheld:
        rewritten(outer)
    assert withheld.value.reason == "large"


@pytest.mark.parametrize("name", ["docProps\\core.xml", "/docProps/core.xml"])
def test_properties_under_a_name_packed_by_another_program_are_left_behind(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(rewritten(packed(SMALL | {name: "<creator>Lattice</creator>"})))) as parts:
        assert not any("core.xml" in part for part in parts.namelist())


def test_a_part_that_lies_about_its_size_gives_no_more_than_it_says() -> None:
    data = bytearray(packed(SMALL | {"word/a.xml": "<a>" + " " * 100_000 + "</a>"}))
    size = (100_007).to_bytes(4, "little")
    assert data.count(size) == 2
    with pytest.raises(Withheld) as withheld:
        rewritten(bytes(data.replace(size, (50).to_bytes(4, "little"))))
    assert withheld.value.reason == "unreadable"


def test_parts_that_programs_keep_for_themselves_are_left_behind() -> None:
    own = ("officeDocument", "word/document.xml", "")
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": types("ppt/presentation.xml", "ppt/tags/tag1.xml"),
        "_rels/.rels": links(own, ("metadata/thumbnail", "preview/first.jpeg", ""), ("customXml", "odd/item.xml", "")),
        "thumbnail.png": MARKED_PNG,
        "preview/first.jpeg": MARKED_JPEG,
        "odd/item.xml": f"<a>{MARK}</a>",
        "ppt/presentation.xml": "<p:presentation xmlns:p='p'><p:custDataLst><p:tags r:id='rId1' xmlns:r='r'/>"
                                "</p:custDataLst><p:sldIdLst/></p:presentation>",
        "ppt/_rels/presentation.xml.rels": links(("tags", "tags/tag1.xml", ""), ("tags", "other/tag2.xml", ""),
                                                 ("slide", "slides/slide1.xml", "")),
        "ppt/tags/tag1.xml": f"<p:tagLst xmlns:p='p'><p:tag name='A' val='{MARK}'/></p:tagLst>",
        "ppt/other/tag2.xml": f"<p:tagLst xmlns:p='p'><p:tag name='A' val='{MARK}'/></p:tagLst>",
        "ppt/slides/slide1.xml": "<p:sld xmlns:p='p'/>",
        "word/glossary/document.xml": f"<w:glossaryDocument {W}>{MARK}</w:glossaryDocument>",
        "word/customXml/item1.xml": f"<a>{MARK}</a>",
        "userCustomization/customUI.xml": f"<a>{MARK}</a>",
    }
    parts = parts_of(rewritten(packed(parts), SLIDES))
    assert list(parts) == ["[Content_Types].xml", "_rels/.rels", "ppt/_rels/presentation.xml.rels",
                          "ppt/presentation.xml", "ppt/slides/slide1.xml"]
    assert not [name for name, content in parts.items() if MARK.encode() in content]
    assert targets(parts["_rels/.rels"]) == ["word/document.xml"]
    assert targets(parts["ppt/_rels/presentation.xml.rels"]) == ["slides/slide1.xml"]
    assert parts["ppt/presentation.xml"].decode().partition("\n")[2] == (
        '<p:presentation xmlns:p="p"><p:sldIdLst/></p:presentation>')


def test_an_archive_tells_nothing_by_its_comments_times_and_extra_fields() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in SMALL.items():
            info = zipfile.ZipInfo(name, (2026, 6, 1, 8, 0, 0))
            info.comment = MARK.encode()
            info.extra = b"\x75\x70" + len(MARK).to_bytes(2, "little") + MARK.encode()
            archive.writestr(info, content)
        archive.comment = MARK.encode()
    assert MARK.encode() in out.getvalue()
    copy = rewritten(out.getvalue())
    assert MARK.encode() not in copy
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert archive.comment == b""
        assert {(info.date_time, info.extra, info.comment, info.create_system) for info in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), b"", b"", 0)}
