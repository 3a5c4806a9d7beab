"""One part of an office file, read from its first element to its last: rules that need what came before.

Who changed what and when goes with the changes (ECMA-376-1, 17.13.5): a document reads as if all were accepted. A
sheet's rows and columns that are hidden or without any width hold a file only when a cell in them says something.
"""

from __future__ import annotations

import re

from competition.redaction import office_rules
from competition.redaction.errors import Withheld
from competition.redaction.markup import UNWRAPPED, Attributes, Unwrapped, local

# Changes that take away, and earlier formats; marks where a move began and ended, which name people.
TAKEN = frozenset({
    "del", "movefrom", "conflictdel", "deltext", "delinstrtext", "rprchange", "pprchange", "sectprchange",
    "tblprchange", "tblprexchange", "trprchange", "tcprchange", "tblgridchange", "numberingchange", "cellins",
    "cellmerge", "movefromrangestart", "movefromrangeend", "movetorangestart", "movetorangeend",
    *(f"customxml{change}range{end}" for change in ("ins", "del", "movefrom", "moveto") for end in ("start", "end")),
})
ADDED = frozenset({"ins", "moveto", "conflictins"})
SIGNED = frozenset({"id", "author"})  # what a tracked move has and a line to another point (DrawingML) has not
WORDS = frozenset({"r", "omath", "omathpara"})  # all that a deleted row or cell of a table says
MOST_COLUMNS = 16_384
COLUMN = re.compile(r"[A-Za-z]{1,3}(?=[0-9])")
OFF = frozenset({"0", "false", "off"})
SAYING = frozenset({"v", "is", "f"})  # value, text, formula


class Page:
    """What becomes of the elements and texts of one part."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._authors: set[str] = set()
        self._fields = office_rules.Fields()
        self._deleted: list[int] = []  # how deep the rows and cells are that were deleted, outermost first
        self._columns, self._ranges = bytearray(MOST_COLUMNS + 1), 0  # of a sheet: 1 for a hidden one; said in how many
        self._column, self._hidden = 0, False  # of the present row or cell
        self._own, self._styles = False, 0  # whether the present style is the document's own; how many were

    def element(self, name: str, attributes: Attributes) -> Attributes | Unwrapped | None:
        """What becomes of an element: its attributes, ``UNWRAPPED``, or None to leave it out with all it holds.

        Raises
        ------
        Withheld
            For what its team hid.
        """
        kind = local(name).lower()
        local_attributes = {local(key).lower(): value for key, value in attributes.items()}
        outcome = self._change(kind, local_attributes) or self._attributes(kind, name, attributes, local_attributes)
        if outcome is not None:
            self._open.append(kind)
        return outcome

    def closed(self, _name: str) -> None:
        """The end of an element that was not left out."""
        self._open.pop()
        while self._deleted and self._deleted[-1] > len(self._open):
            self._deleted.pop()

    def text(self, name: str, value: str) -> str:
        """Names of authors go, also where a comment begins with its author's; so do addresses."""
        kind = local(name).lower()
        if kind == "author":
            self._authors.add(value.strip().removesuffix(":"))
            return office_rules.NOBODY
        if kind == "instrtext":
            return self._fields.piece(value)
        if kind == "f":
            return office_rules.formula(value)
        if kind == "t" and value.strip().removesuffix(":") in self._authors - {""}:
            return f"{office_rules.NOBODY}:"
        return value

    def _within(self, *kinds: str) -> bool:
        """Whether the innermost open elements are of these kinds, outermost first."""
        return tuple(self._open[-len(kinds):]) == kinds

    def _change(self, kind: str, local_attributes: Attributes) -> Unwrapped | None:
        """An element whose tags alone go: an insertion."""
        return UNWRAPPED if kind in ADDED and (kind != "moveto" or SIGNED & local_attributes.keys()) else None

    def _attributes(
        self, kind: str, name: str, attributes: Attributes, local_attributes: Attributes
    ) -> Attributes | None:
        """The attributes that an element keeps; None for a deletion, and for what a deleted row or cell says."""
        if (kind == "del" and self._within("trpr")) or (kind == "celldel" and self._within("tcpr")):
            self._deleted.append(len(self._open) - 1)
            return None
        if kind in TAKEN or (self._deleted and kind in WORDS):
            return None
        self._look(kind, local_attributes)
        remaining = office_rules.element(name, attributes)
        return remaining if remaining is None else self._style(kind, remaining, local_attributes)

    def _style(self, kind: str, remaining: Attributes, local_attributes: Attributes) -> Attributes | None:
        """Styles that programs do not come with are numbered: houses name theirs by themselves."""
        if kind == "style":
            self._own = local_attributes.get("customstyle", "0").lower() not in OFF
        named = "val" if kind == "name" and self._within("style") and self._own else (
            "name" if kind == "cellstyle" and "builtinid" not in local_attributes else "")
        if kind == "aliases" and self._within("style"):
            return None
        if not named:
            return remaining
        self._styles += 1
        number = f"Style {self._styles}"
        return {key: number if local(key).lower() == named else value for key, value in remaining.items()}

    def _look(self, kind: str, local_attributes: Attributes) -> None:
        """Note what the element says of hidden texts, rows, columns and cells.

        Raises
        ------
        Withheld
            When this shows that something is hidden.
        """
        # Of a text or a style, but not of a paragraph's mark, which says nothing; of a row of a table.
        hides = (kind == "vanish" and not self._within("ppr", "rpr")) or (kind == "hidden" and self._within("trpr"))
        if hides and local_attributes.get("val", "1").lower() not in OFF:
            raise Withheld("hidden")
        if kind == "col" and _hidden(local_attributes, "width"):
            self._hide(_number(local_attributes.get("min")), _number(local_attributes.get("max")))
        elif kind == "row":
            self._column, self._hidden = 0, _hidden(local_attributes, "ht")
        elif kind == "c" and self._within("row"):
            self._column = _column(local_attributes.get("r", "")) or self._column + 1
        elif kind in SAYING and self._within("row", "c") and (
            self._hidden or (self._column <= MOST_COLUMNS and self._columns[self._column])
        ):
            raise Withheld("hidden")

    def _hide(self, first: int, last: int) -> None:
        """Note columns of a sheet, counted from 1, as hidden."""
        last = min(last, MOST_COLUMNS)
        self._ranges += 1
        if self._ranges > MOST_COLUMNS:
            raise Withheld("unreadable")
        if first <= last:
            self._columns[first:last + 1] = b"\1" * (last + 1 - first)


def _hidden(local_attributes: Attributes, extent: str) -> bool:
    """Whether a row or column is not shown: it says so, or has no height or width."""
    if local_attributes.get("hidden", "0").lower() not in OFF:
        return True
    try:
        return float(local_attributes.get(extent, "1")) == 0
    except ValueError:
        return False


def _number(value: str | None) -> int:
    """A whole number as written; 0 for none."""
    return int(value) if value and value.isdecimal() else 0


def _column(place: str) -> int:
    """The number of a cell's column, from 1: 28 for AB7; 0 when it is not said."""
    letters, number = COLUMN.match(place), 0
    for letter in letters[0].upper() if letters else "":
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
