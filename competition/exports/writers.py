"""CSV and XLSX, written row by row without keeping rows in memory; no text becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import IO, Any, Protocol

from competition.exports.tables import Column

# A spreadsheet evaluates a cell that begins with one of these, some also after blanks; the full-width
# forms count where the system's input method is Chinese, Korean or Japanese.
_RISKY = re.compile(r"'*[\s\u200b\ufeff]*[=+\-@\t\r＝＋－＠]")
CELL_MOST = 32_767
SHEET_MOST = 1_000_000


class Writer(Protocol):
    """Writes a table to a file."""

    content_type: str

    def row(self, values: Sequence[Any]) -> None: ...

    def close(self) -> None: ...


def formula_safe(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet might evaluate it; :func:`original` undoes it."""
    return "'" + text if _RISKY.match(text) else text


def original(text: str) -> str:
    """The text before :func:`formula_safe`."""
    return text[1:] if text.startswith("'") and _RISKY.match(text[1:]) else text


class CsvWriter:
    """UTF-8 with a byte-order mark, so that Excel reads Chinese and Korean; every text is quoted."""

    content_type = "text/csv; charset=utf-8"

    def __init__(self, stream: IO[bytes], columns: Sequence[Column]) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=False)
        self._csv = csv.writer(self._text, quoting=csv.QUOTE_NONNUMERIC)
        self._kinds = [column.kind for column in columns]
        self._csv.writerow([column.name for column in columns])

    def row(self, values: Sequence[Any]) -> None:
        self._csv.writerow([_csv_cell(value, kind) for value, kind in zip(values, self._kinds, strict=True)])

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


def _csv_cell(value: Any, kind: str) -> Any:
    if value is None:
        return ""
    if kind == "text":
        return formula_safe(str(value))
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "instant":
        return _utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None, microsecond=0)


class XlsxWriter:
    """Typed cells, written through: texts are strings whatever they look like, numbers are numbers."""

    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, stream: IO[bytes], columns: Sequence[Column], title: str) -> None:
        import xlsxwriter  # only the worker that writes a file loads it

        self._book: Any = xlsxwriter.Workbook(stream, {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd hh:mm:ss",
        })
        self._head = self._book.add_format({"bold": True, "bottom": 1})
        self._money = self._book.add_format({"num_format": "#,##0.00"})
        self._instant = self._book.add_format({"num_format": 'yyyy-mm-dd hh:mm:ss" UTC"'})
        self._columns, self._title, self._sheets, self._at = columns, title, 0, 0
        self._sheet = self._next_sheet()

    def _next_sheet(self) -> Any:
        self._sheets += 1
        sheet = self._book.add_worksheet(self._title if self._sheets == 1 else f"{self._title} {self._sheets}")
        for at, column in enumerate(self._columns):
            sheet.set_column(at, at, column.width)
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(self._columns):
            sheet.write_string(0, at, column.name, self._head)
        self._at = 1
        return sheet

    def row(self, values: Sequence[Any]) -> None:
        if self._at > SHEET_MOST:
            self._sheet = self._next_sheet()
        for at, (value, column) in enumerate(zip(values, self._columns, strict=True)):
            if value is not None:
                self._cell(at, value, column.kind)
        self._at += 1

    def _cell(self, at: int, value: Any, kind: str) -> None:
        if kind == "text":
            self._sheet.write_string(self._at, at, str(value)[:CELL_MOST])
        elif kind == "boolean":
            self._sheet.write_boolean(self._at, at, value)
        elif kind == "instant":
            self._sheet.write_datetime(self._at, at, _utc(value), self._instant)
        elif kind == "money":
            self._sheet.write_number(self._at, at, float(value), self._money)
        else:
            self._sheet.write_number(self._at, at, float(value))

    def close(self) -> None:
        self._book.close()


def writer(kind: str, stream: IO[bytes], columns: Sequence[Column], title: str) -> Writer:
    """The writer of a format, ``csv`` or ``xlsx``."""
    return CsvWriter(stream, columns) if kind == "csv" else XlsxWriter(stream, columns, title)
