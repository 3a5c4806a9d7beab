"""Names of parts say nothing, and everything that leads to a part still does; notes of speakers stay behind."""

from __future__ import annotations

import io
import posixpath
import re

import openpyxl
import pytest
import xlsxwriter

from competition.redaction.office_package import part_key, source_of, target_of
from tests.unit.redaction.test_images import DATA, HEAD, LAST
from tests.unit.redaction.test_office import (
    MARK,
    MARKED_JPEG,
    MARKED_PNG,
    SHEET,
    SLIDES,
    W,
    links,
    packed,
    parts_of,
    rewritten,
    targets,
    types,
)

PICTURE = HEAD + DATA + LAST
DEFAULTS = ("<Default Extension='png' ContentType='image/png'/><Default Extension='jpeg' ContentType='image/jpeg'/>"
            "<Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
            "<Default Extension='mp4' ContentType='video/mp4'/>")


def with_defaults(listed: str) -> str:
    return listed.replace("<Default ", f"{DEFAULTS}<Default ", 1)


def reached(parts: dict[str, bytes]) -> set[str]:
    """Every part to which relationships lead, following them from the package."""
    reachable, waiting = set[str](), [""]
    while waiting:
        source = waiting.pop()
        folder, name = posixpath.split(source)
        for target in targets(parts.get(posixpath.join(folder, "_rels", f"{name}.rels"), b"")):
            part = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            if target != "about:blank" and part not in reachable:
                assert part in parts, (source, target)
                reachable.add(part)
                waiting.append(part)
    return reachable


def test_media_and_other_parts_get_names_that_say_nothing() -> None:
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": with_defaults(types("word/document.xml", f"word/charts/{MARK} Costs.xml")),
        "_rels/.rels": links(("officeDocument", "word/document.xml", "")),
        "word/document.xml": f"<w:document {W}/>",
        "word/_rels/document.xml.rels": links(
            ("image", f"media/team-{MARK}-logo.png", ""), ("image", "media/image1.png", ""),
            ("image", f"/word/media/team-{MARK}-logo.png", ""), ("image", f"../word/{MARK}/a%20b.jpeg", ""),
            ("chart", f"charts/{MARK}%20Costs.xml", ""), ("hyperlink", "#bookmark", ""),
            ("image", f"media/{MARK}-lost.png", ""), ("image", "media/image9.png", ""),
            ("subDocument", f"charts/{MARK}%20Costs.xml#place", ""),
        ),
        "word/media/image1.png": MARKED_PNG,
        f"word/media/team-{MARK}-logo.png": MARKED_PNG,
        f"word/{MARK}/a b.jpeg": MARKED_JPEG,
        f"word/charts/{MARK} Costs.xml": "<c:chartSpace xmlns:c='c'/>",
        f"word/charts/_rels/{MARK} Costs.xml.rels": links(("package", f"../embeddings/{MARK}.xlsx", "")),
        f"word/embeddings/{MARK}.xlsx": workbook(),
        f"word/_rels/{MARK}.xml.rels": links(("image", "media/image1.png", "")),  # of no part
    }
    copy = rewritten(packed(parts))
    copied = parts_of(copy)
    assert MARK.lower().encode() not in copy.lower()
    assert list(copied) == [
        "[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/charts/_rels/part1.xml.rels",
        "word/charts/part1.xml", "word/document.xml", "word/embeddings/part1.xlsx", "word/media/image1.png",
        "word/media/part1.png", "word/parts/part1.jpeg",
    ]
    assert targets(copied["word/_rels/document.xml.rels"]) == [
        "media/part1.png", "media/image1.png", "media/part1.png", "parts/part1.jpeg", "charts/part1.xml", "#bookmark",
        "NULL", "media/image9.png", "charts/part1.xml#place",
    ]
    assert targets(copied["word/charts/_rels/part1.xml.rels"]) == ["../embeddings/part1.xlsx"]
    listed = copied["[Content_Types].xml"].decode()
    assert re.findall(r'PartName="([^"]*)"', listed) == ["/word/document.xml", "/word/charts/part1.xml"]
    assert re.findall(r'Extension="([^"]*)"', listed) == ["png", "jpeg", "rels", "xml"]
    assert copied["word/media/part1.png"] == copied["word/media/image1.png"] == PICTURE
    assert rewritten(copy) == copy
    assert rewritten(packed(dict(reversed(parts.items())), stored=True)) == copy


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Costs"
    sheet["A1"] = 12
    book.save(out)
    return out.getvalue()


def test_a_number_that_is_taken_is_not_given_again() -> None:
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": types("word/document.xml"), "word/document.xml": f"<w:document {W}/>",
        "word/media/part1.png": PICTURE, "word/media/PART2.PNG": PICTURE, "word/media/b-logo.png": PICTURE,
        "word/media/a-logo.png": PICTURE,
    }
    assert [name for name in parts_of(rewritten(packed(parts))) if "media" in name] == [
        "word/media/PART2.PNG", "word/media/part1.png", "word/media/part3.png", "word/media/part4.png"]


def test_a_workbook_with_a_renamed_picture_still_opens() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Costs")
        sheet.write("A1", "Sensor")
        sheet.insert_image("B2", "a.png", {"image_data": io.BytesIO(PICTURE)})
    parts = parts_of(out.getvalue())
    marked = {
        name.replace("image1.png", f"{MARK}.png"): content.replace(b"image1.png", f"{MARK}.png".encode())
        for name, content in parts.items()
    }
    assert f"xl/media/{MARK}.png" in marked
    copy = rewritten(packed(marked), SHEET)
    copied = parts_of(copy)
    assert MARK.encode() not in copy
    assert copied["xl/media/part1.png"] == parts["xl/media/image1.png"]
    assert reached(copied) == {name for name in copied if not name.endswith(".rels")} - {"[Content_Types].xml"}
    assert "xl/media/part1.png" in reached(copied)
    assert targets(copied["xl/drawings/_rels/drawing1.xml.rels"]) == ["../media/part1.png"]
    assert openpyxl.load_workbook(io.BytesIO(copy))["Costs"]["A1"].value == "Sensor"


def test_speaker_notes_stay_behind_with_all_that_only_they_show() -> None:
    slide = ("slide", "../slides/slide1.xml", "")
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": with_defaults(types(
            "ppt/presentation.xml", "ppt/slides/slide1.xml", "ppt/notesSlides/notesSlide1.xml",
            "ppt/notesMasters/notesMaster1.xml", "ppt/theme/theme1.xml", "ppt/theme/theme2.xml",
            "ppt/elsewhere/words.xml", "ppt/handoutMasters/handoutMaster1.xml")),
        "_rels/.rels": links(("officeDocument", "ppt/presentation.xml", "")),
        "ppt/presentation.xml": "<p:presentation xmlns:p='p' xmlns:r='r'><p:sldIdLst><p:sldId id='256' r:id='rId1'/>"
                                "</p:sldIdLst><p:notesMasterIdLst><p:notesMasterId r:id='rId2'/></p:notesMasterIdLst>"
                                "<p:handoutMasterIdLst><p:handoutMasterId r:id='rId4'/></p:handoutMasterIdLst>"
                                "<p:notesSz cx='6858000' cy='9144000'/></p:presentation>",
        "ppt/_rels/presentation.xml.rels": links(
            ("slide", "slides/slide1.xml", ""), ("notesMaster", "notesMasters/notesMaster1.xml", ""),
            ("theme", "theme/theme1.xml", ""), ("handoutMaster", "handoutMasters/handoutMaster1.xml", "")),
        "ppt/slides/slide1.xml": "<p:sld xmlns:p='p'><p:t>The plan</p:t></p:sld>",
        "ppt/slides/_rels/slide1.xml.rels": links(
            ("image", "../media/image1.png", ""), ("notesSlide", "../notesSlides/notesSlide1.xml", "")),
        "ppt/notesSlides/notesSlide1.xml": f"<p:notes xmlns:p='p'><a:t xmlns:a='a'>Say: we at {MARK}</a:t></p:notes>",
        "ppt/notesSlides/_rels/notesSlide1.xml.rels": links(
            slide, ("notesMaster", "../notesMasters/notesMaster1.xml", ""), ("image", "../media/image2.png", ""),
            ("image", "../media/image1.png", "")),
        "ppt/notesMasters/notesMaster1.xml": f"<p:notesMaster xmlns:p='p'>{MARK}</p:notesMaster>",
        "ppt/notesMasters/_rels/notesMaster1.xml.rels": links(("theme", "../theme/theme2.xml", "")),
        "ppt/handoutMasters/handoutMaster1.xml": f"<p:handoutMaster xmlns:p='p'>{MARK}</p:handoutMaster>",
        "ppt/theme/theme1.xml": "<a:theme xmlns:a='a' name='Office'/>",
        "ppt/theme/theme2.xml": f"<a:theme xmlns:a='a' name='{MARK}'/>",
        "ppt/theme/_rels/theme2.xml.rels": links(("image", "../media/image3.png", "")),
        "ppt/slides/slide2.xml": "<p:sld xmlns:p='p'/>",
        "ppt/slides/_rels/slide2.xml.rels": links(("notesSlide", "../elsewhere/words.xml", "")),
        "ppt/elsewhere/words.xml": f"<p:notes xmlns:p='p'>{MARK}</p:notes>",
        **{f"ppt/media/image{number}.png": PICTURE for number in (1, 2, 3)},
    }
    parts = parts_of(rewritten(packed(parts), SLIDES))
    assert not [name for name, content in parts.items() if MARK.encode() in content]
    assert list(parts) == [
        "[Content_Types].xml", "_rels/.rels", "ppt/_rels/presentation.xml.rels", "ppt/media/image1.png",
        "ppt/presentation.xml", "ppt/slides/_rels/slide1.xml.rels", "ppt/slides/_rels/slide2.xml.rels",
        "ppt/slides/slide1.xml", "ppt/slides/slide2.xml", "ppt/theme/theme1.xml",
    ]
    assert parts["ppt/presentation.xml"].decode().partition("\n")[2] == (
        '<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst>'
        '<p:notesSz cx="6858000" cy="9144000"/></p:presentation>')
    assert targets(parts["ppt/slides/_rels/slide1.xml.rels"]) == ["../media/image1.png"]
    assert targets(parts["ppt/slides/_rels/slide2.xml.rels"]) == []
    assert "The plan" in parts["ppt/slides/slide1.xml"].decode()
    assert re.findall(r'PartName="([^"]*)"', parts["[Content_Types].xml"].decode()) == [
        "/ppt/presentation.xml", "/ppt/slides/slide1.xml", "/ppt/theme/theme1.xml"]
    assert reached(parts) == {"ppt/presentation.xml", "ppt/slides/slide1.xml", "ppt/theme/theme1.xml",
                             "ppt/media/image1.png"}


@pytest.mark.parametrize(("source", "target", "part"), [
    ("word/document.xml", "media/Image1.png", "word/media/Image1.png"),
    ("word/document.xml", "/word/media/a%20b.png", "word/media/a b.png"),
    ("word/charts/chart1.xml", "..\\embeddings\\a.xlsx", "word/embeddings/a.xlsx"),
    ("", "word/document.xml#x", "word/document.xml"), ("word/document.xml", "../../../etc/passwd", "etc/passwd"),
])
def test_where_a_relationship_leads(source: str, target: str, part: str) -> None:
    assert target_of(source, {"Target": target}) == part


def test_names_are_compared_as_programs_compare_them() -> None:
    assert [part_key(name) for name in ("Word\\Document.xml", "/word/./document.xml", "word/a%20b.png")] == [
        "word/document.xml", "word/document.xml", "word/a b.png"]
    assert [source_of(part) for part in ("_rels/.rels", "word/_rels/document.xml.rels")] == ["", "word/document.xml"]
