"""A judge's score sheet as a workbook, to be filled in without a connection: written, and read again.

A row per entry: its code, the version of the sheet when it was written, a column per criterion, the overall comment.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PART_MOST = 4_000_000  # bytes of one part of a workbook, unpacked
ROWS_MOST = 1000
_COLUMN = re.compile(r"[A-Z]+")


class Unreadable(Exception):
    """The file is no workbook that could be read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its number in the sheet as a spreadsheet shows it, and its cells as text by heading."""

    number: int
    cells: dict[str, str]


def write(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook with one sheet. Numbers stay numbers; no text becomes a formula."""
    import xlsxwriter  # only who downloads a workbook loads it

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                        "strings_to_numbers": False})
    sheet, head, wrapped = book.add_worksheet(), book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, len(headings), 14)
    sheet.set_column(len(headings) - 1, len(headings) - 1, 60, wrapped)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, head)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write_number(number, column, value)
    book.close()
    return stream.getvalue()


def read(data: bytes) -> list[Row]:
    """The rows of the first sheet under its first row, which has the headings; empty rows are left out.

    Raises
    ------
    Unreadable
        When it is no workbook, or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            strings = _strings(archive)
            name = min(part for part in archive.namelist() if part.startswith("xl/worksheets/sheet"))
            lines = list(_lines(_parsed(archive, name), strings))
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, ValueError, IndexError, NotImplementedError) as error:
        raise Unreadable from error
    if not lines:
        raise Unreadable
    headings = lines[0][1]
    return [
        Row(number, {headings[column]: text for column, text in cells.items() if column in headings})
        for number, cells in lines[1:ROWS_MOST + 1] if any(cells.values())
    ]


def _parsed(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    if archive.getinfo(name).file_size > PART_MOST:
        raise ValueError(name)
    with archive.open(name) as part:
        text = part.read(PART_MOST + 1)
    if len(text) > PART_MOST or b"<!DOCTYPE" in text:
        raise ValueError(name)
    return ElementTree.fromstring(text)  # noqa: S314 - no document type, so no entities


def _strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = _parsed(archive, "xl/sharedStrings.xml")
    return ["".join(text.text or "" for text in item.iter(f"{MAIN}t")) for item in root.iter(f"{MAIN}si")]


def _lines(root: ElementTree.Element, strings: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for at, row in enumerate(root.iter(f"{MAIN}row"), 1):
        cells = {}
        for cell in row.iter(f"{MAIN}c"):
            column = _COLUMN.match(cell.get("r", ""))
            if column is not None:
                cells[column[0]] = _text(cell, strings).strip()
        yield int(row.get("r", at)), cells


def _text(cell: ElementTree.Element, strings: Sequence[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
    value = cell.findtext(f"{MAIN}v") or ""
    if cell.get("t") == "s":
        return strings[int(value)]
    return value
