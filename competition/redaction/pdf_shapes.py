"""The objects a PDF's pages draw with (ISO 32000-2), each with the keys that drawing needs and no others.

A page leads to its resources, those to fonts, patterns, shadings, functions and so on. What an object is follows from
where it is referred to; a value that is not of the kind its key promises goes. So nothing is left that a program, or
a person, put there for themselves: neither a key nor a stream where a dictionary belongs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from competition.redaction import pdf_streams

PLAIN, ANY = "plain", "any"  # numbers, names and lists of them; whatever somebody else looks after
Shape = dict[str, str]


def _plain(*keys: str) -> Shape:
    return dict.fromkeys(keys, PLAIN)


CODED = _plain("/Filter", "/Length") | {"/DecodeParms": "each parameters"}
# What each kind of object keeps, and of which kind that is: "a|b" is one or the other, "each a" one or a list of
# them, "named a" a dictionary of them under names of the page's own choice.
SHAPES: dict[str, Shape] = {
    "page": _plain("/Type", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rotate", "/UserUnit") | {
        "/Parent": ANY, "/Resources": "resources", "/Contents": "each content", "/Group": "group"},
    "resources": _plain("/ProcSet") | {
        "/ExtGState": "named state", "/ColorSpace": "named colours", "/Pattern": "named pattern|tile",
        "/Shading": "named shading|mesh", "/XObject": "named image|form", "/Font": "named font", "/Properties": ANY},
    "font": _plain(
        "/Type", "/Subtype", "/BaseFont", "/FirstChar", "/LastChar", "/Widths", "/DW", "/W", "/DW2", "/W2", "/FontBBox",
        "/FontMatrix") | {
        "/FontDescriptor": "descriptor", "/Encoding": "plain|encoding|cmap", "/ToUnicode": "plain|mapping",
        "/DescendantFonts": "each font", "/CIDSystemInfo": "collection", "/CIDToGIDMap": "plain|content",
        "/CharProcs": "named content", "/Resources": "resources"},
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
    "content": CODED,
    "parameters": _plain(
        "/K", "/EndOfLine", "/EncodedByteAlign", "/Columns", "/Rows", "/EndOfBlock", "/BlackIs1",
        "/DamagedRowsBeforeError", "/Predictor", "/Colors", "/BitsPerComponent", "/EarlyChange", "/ColorTransform") | {
        "/JBIG2Globals": "content"},
    "measured": _plain("/WhitePoint", "/BlackPoint", "/Gamma", "/Matrix", "/Range"),
    "profile": CODED | _plain("/N", "/Range") | {"/Alternate": "colours"},
}
STREAMS = frozenset({"program", "cmap", "mapping", "tile", "mesh", "code", "image", "form", "content", "profile"})
SUBTYPES: dict[str, tuple[str | None, ...]] = {"image": ("/Image",), "form": ("/Form", None)}
# Colour spaces (8.6) by family: what follows the name. Names of colorants are replaced, attributes left out.
FAMILIES: dict[str, tuple[str, ...]] = {
    "/DeviceGray": (), "/DeviceRGB": (), "/DeviceCMYK": (), "/G": (), "/RGB": (), "/CMYK": (),
    "/CalGray": ("measured",), "/CalRGB": ("measured",), "/Lab": ("measured",), "/ICCBased": ("profile",),
    "/Indexed": ("colours", PLAIN, "bytes|content"), "/I": ("colours", PLAIN, "bytes|content"),
    "/Separation": ("colorants", "colours", "function|code"), "/DeviceN": ("colorants", "colours", "function|code"),
    "/Pattern": ("colours",),
}
COLORANTS = frozenset({"/All", "/None", "/Cyan", "/Magenta", "/Yellow", "/Black"})
COLLECTIONS = frozenset({"Adobe", "Identity", "GB1", "CNS1", "Japan1", "Japan2", "Korea1", "KR", "UCS"})


class Shaper:
    """Takes away, from all that pages lead to, what is not of its shape."""

    def __init__(self, work: pdf_streams.Work) -> None:
        self._work, self._seen = work, set[tuple[int, str]]()

    def page(self, page: DictionaryObject) -> None:
        self._shape(page, "page")

    def _fits(self, found: Any, kind: str) -> bool:
        """Whether a value is of a kind, and then without what does not belong to that."""
        value = None if found is None else found.get_object()
        if value is None or isinstance(value, NullObject):
            return False
        if kind.startswith("each "):
            return self._each(value, kind.removeprefix("each "))
        if kind.startswith("named "):
            return self._named(value, kind.removeprefix("named "))
        return any(self._is(value, one) for one in kind.split("|"))

    def _each(self, value: Any, kind: str) -> bool:
        if not isinstance(value, ArrayObject):
            return self._fits(value, kind)
        for at, one in enumerate(list.__iter__(value)):
            if not self._fits(one, kind):
                value[at] = NullObject()
        return True

    def _named(self, value: Any, kind: str) -> bool:
        if not isinstance(value, DictionaryObject) or isinstance(value, StreamObject):
            return False
        for key in [key for key, one in dict.items(value) if not self._fits(one, kind)]:
            del value[key]
        return True

    def _is(self, value: Any, kind: str) -> bool:
        if kind in SHAPES:
            return self._shape(value, kind)
        if kind == "colours":
            return self._colours(value)
        if kind == "colorants":
            return isinstance(value, (NameObject, ArrayObject))
        if kind == "bytes":
            return isinstance(value, (ByteStringObject, TextStringObject))
        if kind == "collected":
            return isinstance(value, (ByteStringObject, TextStringObject)) and str(value) in COLLECTIONS
        if kind == "typeface":
            return isinstance(value, ArrayObject) and len(value) == 2 and self._fits(value[0], "font") and _numeric(
                value[1].get_object())
        return kind == ANY or plain(value)

    def _shape(self, value: Any, kind: str) -> bool:
        if not isinstance(value, DictionaryObject) or isinstance(value, StreamObject) != (kind in STREAMS):
            return False
        if kind in SUBTYPES and _said(value, "/Subtype") not in SUBTYPES[kind]:
            return False
        if (id(value), kind) in self._seen:
            return True
        self._seen.add((id(value), kind))
        shape = SHAPES[kind]
        for key, one in list(dict.items(value)):
            if key not in shape or not self._fits(one, shape[key]):
                del value[key]
        self._complete(value, kind)
        return True

    def _complete(self, value: DictionaryObject, kind: str) -> None:
        """What an object of a kind has to say, and what its stream says."""
        if kind == "collection":
            value.setdefault(NameObject("/Registry"), TextStringObject("Adobe"))
            value.setdefault(NameObject("/Ordering"), TextStringObject("Identity"))
        elif kind == "form":
            value[NameObject("/Subtype")] = NameObject("/Form")
        elif not isinstance(value, StreamObject):
            return
        elif kind == "mapping":
            pdf_streams.mapping(value, self._work)
        elif kind == "cmap" or (kind == "code" and _said(value, "/FunctionType") == 4):
            pdf_streams.program(value, self._work)

    def _colours(self, value: Any) -> bool:
        """A colour space: the name of one, or a list that begins with the name of its family."""
        if isinstance(value, NameObject):
            return True
        if not isinstance(value, ArrayObject) or not value:
            return False
        family = value[0].get_object()
        kinds = FAMILIES.get(family) if isinstance(family, NameObject) else None
        if kinds is None:
            return False
        del value[1 + len(kinds):]
        if len(value) <= len(kinds) and family != "/Pattern":
            return False
        if "colorants" in kinds:
            value[1] = _anonymous(value[1].get_object())
        return all(self._fits(one, kind) for one, kind in zip(list.__iter__(value[1:]), kinds, strict=False))


def _anonymous(colorants: Any) -> NameObject | ArrayObject:
    """Names of inks, except those of process colours: a screen shows their alternatives."""
    if isinstance(colorants, ArrayObject):
        return ArrayObject(_inks(one.get_object() for one in list.__iter__(colorants)))
    return next(iter(_inks([colorants])))


def _inks(names: Iterable[Any]) -> list[NameObject]:
    return [NameObject(name if name in COLORANTS else f"/Spot{number}") for number, name in enumerate(names, 1)]


def plain(value: Any) -> bool:
    """Whether a value is a number, a name, yes or no, or a list of such."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        one = None if one is None else one.get_object()
        if isinstance(one, ArrayObject):
            waiting.extend(list.__iter__(one))
        elif not (_numeric(one) or isinstance(one, (NameObject, BooleanObject, NullObject))):
            return False
    return True


def _said(part: DictionaryObject, key: str) -> Any:
    found = part.get(key)
    return None if found is None else found.get_object()


def _numeric(value: Any) -> bool:
    return isinstance(value, (NumberObject, FloatObject))
