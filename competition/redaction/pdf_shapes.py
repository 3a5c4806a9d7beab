"""The objects a PDF's pages draw with (ISO 32000-2), each with the keys that drawing needs and no others.

A page leads to its resources, those to fonts, patterns, shadings, functions and so on. What an object is follows from
where it is referred to; a value that is not of the kind its key promises goes. So nothing is left that a program, or
a person, put there for themselves: neither a key nor a stream where a dictionary belongs.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Stream, String

from competition.redaction.errors import Withheld
from competition.redaction.pdf_filters import name_of
from competition.redaction.pdf_streams import Streams

PLAIN = "plain"  # a number, a name, a boolean, or a list of them
MOST_VALUES = 5_000_000  # of one document
Shape = dict[str, str]


def _plain(*keys: str) -> Shape:
    return dict.fromkeys(keys, PLAIN)


CODED = _plain("/Filter", "/Length") | {"/DecodeParms": "each parameters"}
# What each kind of object keeps, and of which kind that is: "a|b" is one or the other, "each a" one or a list of
# them, "named a" a dictionary of them under names of the page's own choice.
SHAPES: dict[str, Shape] = {
    "page": _plain("/Type", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rotate", "/UserUnit") | {
        "/Resources": "resources", "/Contents": "each data", "/Group": "group"},
    "resources": _plain("/ProcSet") | {
        "/ExtGState": "named state", "/ColorSpace": "named colours", "/Pattern": "named pattern|tile",
        "/Shading": "named shading|mesh", "/XObject": "named image|form", "/Font": "named font",
        "/Properties": "named properties"},
    "font": _plain(
        "/Type", "/Subtype", "/BaseFont", "/FirstChar", "/LastChar", "/Widths", "/DW", "/W", "/DW2", "/W2", "/FontBBox",
        "/FontMatrix") | {
        "/FontDescriptor": "descriptor", "/Encoding": "plain|encoding|cmap", "/ToUnicode": "plain|mapping",
        "/DescendantFonts": "each font", "/CIDSystemInfo": "collection", "/CIDToGIDMap": "plain|data",
        "/CharProcs": "named instructions", "/Resources": "resources"},
    "descriptor": _plain(
        "/Type", "/FontName", "/FontStretch", "/FontWeight", "/Flags", "/FontBBox", "/ItalicAngle", "/Ascent",
        "/Descent", "/Leading", "/CapHeight", "/XHeight", "/StemV", "/StemH", "/AvgWidth", "/MaxWidth",
        "/MissingWidth") | {"/FontFile": "program", "/FontFile2": "program", "/FontFile3": "program"},
    "program": CODED | _plain("/Length1", "/Length2", "/Length3", "/Subtype"),
    "encoding": _plain("/Type", "/BaseEncoding", "/Differences"),
    "cmap": CODED | _plain("/Type", "/CMapName", "/WMode") | {"/CIDSystemInfo": "collection", "/UseCMap": "plain|cmap"},
    "mapping": CODED,
    "collection": _plain("/Supplement") | {"/Registry": "collected", "/Ordering": "collected"},
    "state": _plain(
        "/Type", "/LW", "/LC", "/LJ", "/ML", "/D", "/RI", "/OP", "/op", "/OPM", "/FL", "/SM", "/SA", "/BM", "/CA",
        "/ca", "/AIS", "/TK", "/UseBlackPtComp") | {
        "/Font": "typeface", "/BG": "function|code", "/BG2": "plain|function|code", "/UCR": "function|code",
        "/UCR2": "plain|function|code", "/TR": "each plain|function|code", "/TR2": "each plain|function|code",
        "/SMask": "plain|mask"},
    "mask": _plain("/Type", "/S", "/BC") | {"/G": "form", "/TR": "plain|function|code"},
    "pattern": _plain("/Type", "/PatternType", "/Matrix") | {"/Shading": "shading|mesh", "/ExtGState": "state"},
    "tile": CODED | _plain(
        "/Type", "/PatternType", "/PaintType", "/TilingType", "/BBox", "/XStep", "/YStep", "/Matrix") | {
        "/Resources": "resources"},
    "shading": _plain(
        "/ShadingType", "/Background", "/BBox", "/AntiAlias", "/Domain", "/Matrix", "/Coords", "/Extend") | {
        "/ColorSpace": "colours", "/Function": "each function|code"},
    "mesh": CODED | _plain(
        "/ShadingType", "/Background", "/BBox", "/AntiAlias", "/BitsPerCoordinate", "/BitsPerComponent", "/BitsPerFlag",
        "/Decode", "/VerticesPerRow") | {"/ColorSpace": "colours", "/Function": "each function|code"},
    "function": _plain("/FunctionType", "/Domain", "/Range", "/C0", "/C1", "/N", "/Bounds", "/Encode") | {
        "/Functions": "each function|code"},
    "code": CODED | _plain(
        "/FunctionType", "/Domain", "/Range", "/Size", "/BitsPerSample", "/Order", "/Encode", "/Decode"),
    "image": CODED | _plain(
        "/Type", "/Subtype", "/Width", "/Height", "/BitsPerComponent", "/Intent", "/ImageMask", "/Decode",
        "/Interpolate", "/SMaskInData", "/Matte") | {
        "/ColorSpace": "colours", "/Mask": "plain|image", "/SMask": "image"},
    "form": CODED | _plain("/Type", "/Subtype", "/FormType", "/BBox", "/Matrix") | {
        "/Resources": "resources", "/Group": "group"},
    "group": _plain("/Type", "/S", "/I", "/K") | {"/CS": "colours"},
    "instructions": CODED,
    "data": CODED,
    "properties": {},  # of marked content
    "parameters": _plain(
        "/K", "/EndOfLine", "/EncodedByteAlign", "/Columns", "/Rows", "/EndOfBlock", "/BlackIs1",
        "/DamagedRowsBeforeError", "/Predictor", "/Colors", "/BitsPerComponent", "/EarlyChange", "/ColorTransform") | {
        "/JBIG2Globals": "data"},
    "measured": _plain("/WhitePoint", "/BlackPoint", "/Gamma", "/Matrix", "/Range"),
    "profile": CODED | _plain("/N", "/Range") | {"/Alternate": "colours"},
}
STREAMS = frozenset({
    "program", "cmap", "mapping", "tile", "mesh", "code", "image", "form", "instructions", "data", "profile",
})
SUBTYPES: dict[str, tuple[str, ...]] = {"image": ("/Image",), "form": ("/Form", "")}  # "": none
# Colour spaces (8.6) by family: what follows the name. Names of colorants are replaced, attributes left out.
FAMILIES: dict[str, tuple[str, ...]] = {
    "/DeviceGray": (), "/DeviceRGB": (), "/DeviceCMYK": (), "/G": (), "/RGB": (), "/CMYK": (),
    "/CalGray": ("measured",), "/CalRGB": ("measured",), "/Lab": ("measured",), "/ICCBased": ("profile",),
    "/Indexed": ("colours", PLAIN, "bytes|data"), "/I": ("colours", PLAIN, "bytes|data"),
    "/Separation": ("colorants", "colours", "function|code"), "/DeviceN": ("colorants", "colours", "function|code"),
    "/Pattern": ("colours",),
}
COLORANTS = frozenset({"/All", "/None", "/Cyan", "/Magenta", "/Yellow", "/Black"})
COLLECTIONS = frozenset({b"Adobe", b"Identity", b"GB1", b"CNS1", b"Japan1", b"Japan2", b"Korea1", b"KR", b"UCS"})
POSTSCRIPT = 4  # the type of a calculator function


class Shaper:
    """Removes, from all that pages lead to, what is not of its shape, and has the streams rewritten."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._room = MOST_VALUES
        self._fitting: dict[tuple[tuple[int, int], str], bool] = {}  # indirect objects, by number and kind
        self._contents: dict[tuple[tuple[int, int], ...], Stream] = {}  # joined, by the numbers of their pieces

    def page(self, page: Dictionary) -> None:
        """Reduce a page, whose inherited attributes are its own, to its shape."""
        self._fits(page, "page")
        contents: Any = page.get("/Contents")
        pieces = [one for one in (contents if isinstance(contents, Array) else [contents]) if isinstance(one, Stream)]
        if pieces:
            numbers = tuple(piece.objgen for piece in pieces)
            if numbers not in self._contents:
                self._contents[numbers] = self._streams.join(pieces)
            page["/Contents"] = self._contents[numbers]

    def _fits(self, value: Any, kind: str) -> bool:
        """Whether a value is of a kind; it has lost then what does not belong to the kind.

        An indirect object is looked at once for each kind; one that leads back to itself fits.
        """
        self._room -= 1
        if self._room < 0:
            raise Withheld("large")
        if not isinstance(value, Object):
            return value is not None and self._of_kind(value, kind)
        number = value.objgen
        if not number[0]:
            return self._of_kind(value, kind)
        if (number, kind) not in self._fitting:
            self._fitting[number, kind] = True
            self._fitting[number, kind] = self._of_kind(value, kind)
        return self._fitting[number, kind]

    def _of_kind(self, value: Any, kind: str) -> bool:
        if kind.startswith("each "):
            return self._each(value, kind.removeprefix("each "))
        if kind.startswith("named "):
            return self._named(value, kind.removeprefix("named "))
        return any(self._is(value, alternative) for alternative in kind.split("|"))

    def _each(self, value: Any, kind: str) -> bool:
        if not isinstance(value, Array):
            return self._fits(value, kind)
        for index, item in enumerate(list(value)):
            if not self._fits(item, kind):
                value[index] = None
        return True

    def _named(self, value: Any, kind: str) -> bool:
        if not isinstance(value, Dictionary):
            return False
        for key, item in list(value.items()):
            if item is not None and not self._fits(item, kind):
                del value[key]
        return True

    def _is(self, value: Any, kind: str) -> bool:
        if kind in SHAPES:
            return self._has_shape(value, kind)
        if kind == "colours":
            return self._is_colour_space(value)
        if kind == "colorants":
            return isinstance(value, (Name, Array))
        if kind == "bytes":
            return isinstance(value, String)
        if kind == "collected":
            return isinstance(value, String) and bytes(value) in COLLECTIONS
        if kind == "typeface":
            return isinstance(value, Array) and len(value) == 2 and self._fits(value[0], "font") and isinstance(
                value[1], (int, Decimal))
        return self._is_plain(value)

    def _is_plain(self, value: Any) -> bool:
        if isinstance(value, Array):
            return all(item is None or self._fits(item, PLAIN) for item in value)
        return isinstance(value, (int, Decimal, Name))

    def _has_shape(self, value: Any, kind: str) -> bool:
        if not isinstance(value, Stream if kind in STREAMS else Dictionary):
            return False
        if kind in SUBTYPES and name_of(value.get("/Subtype")) not in SUBTYPES[kind]:
            return False
        shape = SHAPES[kind]
        for key, item in list(value.items()):
            # A key without a value is not written; a stream keeps its length.
            if item is not None and (key not in shape or not self._fits(item, shape[key])) and key != "/Length":
                del value[key]
        if kind == "collection":
            value["/Registry"] = value.get("/Registry", String("Adobe"))
            value["/Ordering"] = value.get("/Ordering", String("Identity"))
        elif kind == "resources" and "/Properties" in value:  # instructions refer to their names
            value["/Properties"] = Dictionary({name: Dictionary() for name, _item in value["/Properties"].items()})
        elif kind == "form":
            value["/Subtype"] = Name.Form
        if isinstance(value, Stream):
            calculator = kind == "code" and value.get("/FunctionType") == POSTSCRIPT
            self._streams.rewrite(value, "calculator" if calculator else kind)
        return True

    def _is_colour_space(self, value: Any) -> bool:
        """A colour space: the name of one, or a list that begins with the name of its family."""
        if isinstance(value, Name):
            return True
        if not isinstance(value, Array) or not len(value):
            return False
        family = name_of(value[0])
        kinds = FAMILIES.get(family)
        if kinds is None or (len(value) <= len(kinds) and family != "/Pattern"):
            return False
        while len(value) > 1 + len(kinds):
            del value[-1]
        if "colorants" in kinds:
            value[1] = _anonymous(value[1])
        return all(self._fits(item, kind) for item, kind in zip(list(value)[1:], kinds, strict=False))


def _anonymous(colorants: Any) -> Name | Array:
    """Names of inks, except those of process colours, replaced: a screen shows their alternatives."""
    if isinstance(colorants, Array):
        return Array(_inks(colorants))
    return _inks([colorants])[0]


def _inks(colorants: Iterable[Any]) -> list[Name]:
    names = [name_of(colorant) for colorant in colorants]
    return [Name(name if name in COLORANTS else f"/Spot{number}") for number, name in enumerate(names, 1)]
