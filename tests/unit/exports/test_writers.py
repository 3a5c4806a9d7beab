"""No text becomes a formula, numbers stay numbers, and everything reads back."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from competition.exports.tables import TABLES, Column
from competition.exports.writers import formula_safe, original, writer

COLUMNS = (
    Column("text"), Column("integer", "integer"), Column("number", "number"), Column("money", "money"),
    Column("boolean", "boolean"), Column("instant", "instant"),
)
AT = datetime(2026, 6, 15, 12, 30, 5, tzinfo=timezone(timedelta(hours=8)))
ROWS = [
    ("=1+1", -3, Decimal("-7.5"), Decimal("1200000.50"), True, AT),
    ("楼下织机 \"quoted\", comma", 0, Decimal("0"), Decimal("0"), False, AT),
    ("two\nlines", None, None, None, None, None),
]


def written(fmt: str, rows: list[tuple]) -> bytes:
    stream = io.BytesIO()
    out = writer(fmt, stream, COLUMNS, "test")
    for row in rows:
        out.row(row)
    out.close()
    return stream.getvalue()


def test_csv_cell_by_cell():
    data = written("csv", ROWS)
    assert data.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))) == [
        ["text", "integer", "number", "money", "boolean", "instant"],
        ["'=1+1", "-3", "-7.5", "1200000.50", "true", "2026-06-15T04:30:05Z"],
        ["楼下织机 \"quoted\", comma", "0", "0", "0", "false", "2026-06-15T04:30:05Z"],
        ["two\nlines", "", "", "", "", ""],
    ]


def test_xlsx_cell_by_cell():
    sheet = openpyxl.load_workbook(io.BytesIO(written("xlsx", ROWS))).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["text", "integer", "number", "money", "boolean", "instant"],
        ["=1+1", -3, -7.5, 1200000.5, True, datetime(2026, 6, 15, 4, 30, 5)],
        ["楼下织机 \"quoted\", comma", 0, 0, 0, False, datetime(2026, 6, 15, 4, 30, 5)],
        ["two\nlines", None, None, None, None, None],
    ]
    assert sheet["A2"].data_type == "s"  # text, though it looks like a formula


def test_known_tricks_are_text():
    tricks = "=1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1", "＋1", "－1", "＠x", "\u200b=1", "'=1"
    for text in tricks:
        assert formula_safe(text) == "'" + text
    for text in ("", "plain", "1-2", "a=b", "'quoted'", "楼下"):
        assert formula_safe(text) == text


@given(st.text(max_size=40))
def test_safe_and_reversible(text):
    safe = formula_safe(text)
    assert original(safe) == text
    assert not safe.lstrip().lstrip("\u200b\ufeff").startswith(tuple("=+-@＝＋－＠"))
    assert not safe.startswith(("\t", "\r")) or safe.strip("\t\r\n ")[:1] not in tuple("=+-@")


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30), max_size=5))
def test_csv_reads_back_what_was_written(texts):
    rows = [(text, 1, None, None, None, None) for text in texts]
    data = written("csv", rows).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data, newline="")))[1:]
    assert [original(row[0]) for row in rows] == texts


def test_columns_are_those_promised():
    names = {key: ", ".join(column.name for column in table.columns) for key, table in TABLES.items()}
    assert names["scores"] == (
        "call, entry, judge, criterion, weight, min, max, score, comment, submitted_at, rubric_version, "
        "overall")
    assert names["results"] == (
        "call, rank, entry, team, official_score, calibrated_score, standard_error, judges, quorum_met, gate_failed, "
        "decision, decision_reason")


def test_more_rows_than_a_sheet_holds_go_on_the_next(monkeypatch):
    monkeypatch.setattr("competition.exports.writers.SHEET_MOST", 3)
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", [(str(n), n, None, None, None, None) for n in range(7)])))
    assert [[row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in book] == [
        ["0", "1", "2"], ["3", "4", "5"], ["6"]]
