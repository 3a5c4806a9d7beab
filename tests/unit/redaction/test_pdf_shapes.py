"""Whatever pages draw with keeps what drawing needs: no key, stream or text that somebody put there for themselves."""

from __future__ import annotations

import io
import zlib
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)

from competition.redaction import Withheld, pdf_shapes, pdf_streams
from competition.redaction.pdf import rewrite
from tests.unit.redaction.test_pdf import MARK, everything

PRIVATE = {"/LatticeMaker": MARK, "/LatticeBox": {"/Deep": [MARK, {"/Deeper": MARK}]}}


def pdf_object(value: Any) -> Any:
    """Objects of a PDF from plain values; "/x" is a name, another text is a text."""
    if isinstance(value, PdfObject):
        return value
    if isinstance(value, dict):
        return DictionaryObject({NameObject(key): pdf_object(one) for key, one in value.items()})
    if isinstance(value, list):
        return ArrayObject([pdf_object(one) for one in value])
    if isinstance(value, str):
        return NameObject(value) if value.startswith("/") else TextStringObject(value)
    if isinstance(value, bool):
        return BooleanObject(value)
    if isinstance(value, int):
        return NumberObject(value)
    return FloatObject(value)


def stream(data: bytes, keys: dict[str, Any]) -> DecodedStreamObject:
    one = DecodedStreamObject()
    one.set_data(data)
    one.update(pdf_object(keys))
    return one


def drawn_with(resources: dict[str, Any], **page: Any) -> DictionaryObject:
    """A page's resources in its judges' copy, none of which may hold the mark; streams become objects of their own."""
    writer, out, target = PdfWriter(), io.BytesIO(), io.BytesIO()

    def own(value: Any) -> Any:
        if isinstance(value, DictionaryObject):
            for key, one in list(dict.items(value)):
                value[key] = own(one)
        elif isinstance(value, ArrayObject):
            for at, one in enumerate(list(list.__iter__(value))):
                value[at] = own(one)
        return writer._add_object(value) if isinstance(value, DecodedStreamObject) else value

    blank = writer.add_blank_page(10, 10)
    blank[NameObject("/Resources")] = own(pdf_object(resources | PRIVATE))
    for key, value in page.items():
        blank[NameObject(f"/{key}")] = own(pdf_object(value))
    writer.write(out)
    assert MARK in everything(out.getvalue())
    rewrite(out, target)
    assert MARK not in everything(target.getvalue())
    assert MARK.encode() not in target.getvalue()
    drawn = PdfReader(target).pages[0]["/Resources"]
    assert isinstance(drawn, DictionaryObject)
    return drawn


def plainly(value: Any) -> Any:
    """Back to plain values; a stream is its keys and, under "data", its bytes."""
    value = value.get_object() if value is not None else None
    if isinstance(value, DictionaryObject):
        keys = {str(key): plainly(one) for key, one in dict.items(value) if key not in {"/Length", "/Filter"}}
        return keys | ({"data": value.get_data()} if hasattr(value, "get_data") else {})
    if isinstance(value, ArrayObject):
        return [plainly(one) for one in list.__iter__(value)]
    if isinstance(value, NullObject):
        return None
    if isinstance(value, (BooleanObject, NumberObject, FloatObject)):
        return value.value if isinstance(value, BooleanObject) else type(value).__mro__[1](value)
    return str(value)


CODES = (b"%% " + MARK.encode() + b"\n/CIDInit /ProcSet findresource begin begincmap /CIDSystemInfo << /Registry ("
         + MARK.encode() + b") >> def 1 begincodespacerange <00> <FF> endcodespacerange\n"
         b"2 beginbfchar\n<01> <0041> % " + MARK.encode() + b"\n<02> <65B9>\nendbfchar\n1 beginbfrange <03> <05> "
         b"[<0042> <0043> /germandbls] endbfrange (" + MARK.encode() + b") endcmap")


def test_fonts() -> None:
    descriptor = {"/Type": "/FontDescriptor", "/FontName": "/Sans", "/Flags": 4, "/FontBBox": [0, 0, 9, 9],
                  "/FontFamily": MARK, "/CharSet": MARK, "/Lang": MARK, "/Style": {"/Panose": MARK},
                  "/FontFile2": stream(b"font", {"/Length1": 4, **PRIVATE}), **PRIVATE}
    inner = {"/Type": "/Font", "/Subtype": "/CIDFontType2", "/BaseFont": "/Sans", "/W": [1, [500, 250.5]], "/DW": 1000,
             "/CIDSystemInfo": {"/Registry": "Adobe", "/Ordering": MARK, "/Supplement": 0, **PRIVATE},
             "/CIDToGIDMap": stream(b"\0\1", PRIVATE), "/FontDescriptor": descriptor, **PRIVATE}
    fonts = drawn_with({"/Font": {
        "/F0": {"/Type": "/Font", "/Subtype": "/Type0", "/BaseFont": "/Sans", "/Encoding": "/Identity-H",
                "/DescendantFonts": [inner], "/ToUnicode": stream(CODES, {"/UseCMap": MARK, **PRIVATE}), **PRIVATE},
        "/F1": {"/Type": "/Font", "/Subtype": "/TrueType", "/BaseFont": "/Serif", "/FirstChar": 65, "/LastChar": 66,
                "/Widths": [600, 600], "/Name": MARK,
                "/Encoding": {"/Type": "/Encoding", "/Differences": [65, "/A", "/germandbls"], **PRIVATE},
                "/FontDescriptor": stream(MARK.encode(), {"/Flags": 4})},  # a stream is no descriptor
        "/F2": TextStringObject(MARK),
    }})["/Font"]
    assert plainly(fonts) == {
        "/F0": {"/Type": "/Font", "/Subtype": "/Type0", "/BaseFont": "/Sans", "/Encoding": "/Identity-H",
                "/DescendantFonts": [{
                    "/Type": "/Font", "/Subtype": "/CIDFontType2", "/BaseFont": "/Sans", "/W": [1, [500, 250.5]],
                    "/DW": 1000, "/CIDSystemInfo": {"/Registry": "Adobe", "/Ordering": "Identity", "/Supplement": 0},
                    "/CIDToGIDMap": {"data": b"\0\1"},
                    "/FontDescriptor": {
                        "/Type": "/FontDescriptor", "/FontName": "/Sans", "/Flags": 4, "/FontBBox": [0, 0, 9, 9],
                        "/FontFile2": {"/Length1": 4, "data": b"font"}}}],
                "/ToUnicode": {"data": (
                    b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Codes def\n"
                    b"/CMapType 2 def\n1 begincodespacerange\n<00> <FF>\nendcodespacerange\n"
                    b"2 beginbfchar\n<01> <0041> <02> <65B9>\nendbfchar\n"
                    b"1 beginbfrange\n<03> <05> [ <0042> <0043> /germandbls ]\nendbfrange\n"
                    b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")}},
        "/F1": {"/Type": "/Font", "/Subtype": "/TrueType", "/BaseFont": "/Serif", "/FirstChar": 65, "/LastChar": 66,
                "/Widths": [600, 600], "/Encoding": {"/Type": "/Encoding", "/Differences": [65, "/A", "/germandbls"]}},
    }


EXPONENTIAL = {"/FunctionType": 2, "/Domain": [0, 1], "/C0": [0.5], "/C1": [1.5], "/N": 1}


def test_functions_patterns_and_shadings() -> None:
    stitched = {"/FunctionType": 3, "/Domain": [0, 1], "/Bounds": [], "/Encode": [0, 1],
                "/Functions": [EXPONENTIAL | PRIVATE], **PRIVATE}
    computed = stream(b"{ % " + MARK.encode() + b"\n dup mul }", {
        "/FunctionType": 4, "/Domain": [0, 1], "/Range": [0, 1], **PRIVATE})
    sampled = stream(b"\0\xff", {"/FunctionType": 0, "/Domain": [0, 1], "/Range": [0, 1], "/Size": [2],
                                 "/BitsPerSample": 8, **PRIVATE})
    shading = {"/ShadingType": 2, "/ColorSpace": "/DeviceGray", "/Coords": [0, 0, 1, 1], "/Function": stitched,
               "/Extend": [True, False], **PRIVATE}
    drawn = drawn_with({
        "/Shading": {"/S0": shading, "/S1": stream(b"mesh", {
            "/ShadingType": 4, "/ColorSpace": "/DeviceRGB", "/BitsPerFlag": 8, "/Function": [sampled, MARK],
            **PRIVATE})},
        "/Pattern": {
            "/P0": {"/Type": "/Pattern", "/PatternType": 2, "/Matrix": [1, 0, 0, 1, 0, 0], "/Shading": shading,
                    "/ExtGState": {"/LW": 2, **PRIVATE}, **PRIVATE},
            "/P1": stream(b"0 0 1 1 re f", {"/PatternType": 1, "/PaintType": 1, "/BBox": [0, 0, 1, 1], "/XStep": 1,
                                            "/Resources": {"/ExtGState": {"/G0": PRIVATE}, **PRIVATE}, **PRIVATE}),
        },
        "/ExtGState": {"/G0": {
            "/Type": "/ExtGState", "/CA": 0.5, "/BM": ["/Multiply", "/Normal"], "/HT": {"/HalftoneName": MARK},
            "/TR": [computed, "/Identity", EXPONENTIAL | PRIVATE, MARK], "/LW": stream(MARK.encode(), {}),
            "/SMask": {"/S": "/Luminosity", "/BC": [0], "/G": stream(b"q Q", {
                "/BBox": [0, 0, 1, 1], "/Group": {"/S": "/Transparency", "/CS": "/DeviceGray", **PRIVATE}, **PRIVATE}),
                **PRIVATE}, **PRIVATE}},
    })
    shading_copy = {"/ShadingType": 2, "/ColorSpace": "/DeviceGray", "/Coords": [0, 0, 1, 1], "/Extend": [True, False],
            "/Function": {"/FunctionType": 3, "/Domain": [0, 1], "/Bounds": [], "/Encode": [0, 1],
                          "/Functions": [EXPONENTIAL]}}
    assert plainly(drawn["/Shading"]) == {"/S0": shading_copy, "/S1": {
        "/ShadingType": 4, "/ColorSpace": "/DeviceRGB", "/BitsPerFlag": 8, "data": b"mesh", "/Function": [
            {"/FunctionType": 0, "/Domain": [0, 1], "/Range": [0, 1], "/Size": [2], "/BitsPerSample": 8,
             "data": b"\0\xff"}, None]}}
    assert plainly(drawn["/Pattern"]) == {
        "/P0": {"/Type": "/Pattern", "/PatternType": 2, "/Matrix": [1, 0, 0, 1, 0, 0], "/Shading": shading_copy,
                "/ExtGState": {"/LW": 2}},
        "/P1": {"/PatternType": 1, "/PaintType": 1, "/BBox": [0, 0, 1, 1], "/XStep": 1,
                "/Resources": {"/ExtGState": {"/G0": {}}}, "data": b"0 0 1 1 re f"}}
    assert plainly(drawn["/ExtGState"]) == {"/G0": {
        "/Type": "/ExtGState", "/CA": 0.5, "/BM": ["/Multiply", "/Normal"],
        "/TR": [{"/FunctionType": 4, "/Domain": [0, 1], "/Range": [0, 1], "data": b"{ \n dup mul }"}, "/Identity",
                EXPONENTIAL, None],
        "/SMask": {"/S": "/Luminosity", "/BC": [0], "/G": {
            "/Subtype": "/Form", "/BBox": [0, 0, 1, 1], "/Group": {"/S": "/Transparency", "/CS": "/DeviceGray"},
            "data": b"q Q"}}}}


def test_colour_spaces() -> None:
    alternative = ["/CalRGB", {"/WhitePoint": [1, 1, 1], **PRIVATE}]
    drawn = drawn_with({"/ColorSpace": {
        "/C0": "/DeviceRGB", "/C1": alternative,
        "/C2": ["/Separation", f"/{MARK}", alternative, EXPONENTIAL | PRIVATE, PRIVATE],
        "/C3": ["/DeviceN", ["/Cyan", f"/{MARK}", "/None"], "/DeviceCMYK", EXPONENTIAL, {"/Colorants": PRIVATE}],
        "/C4": ["/Indexed", "/DeviceGray", 1, ByteStringObject(b"\0\xff")],
        "/C5": ["/Indexed", "/DeviceGray", 1, stream(b"\0\xff", PRIVATE)],
        "/C6": ["/Pattern", "/DeviceRGB"], "/C7": ["/Pattern"],
        "/C8": ["/ICCBased", stream(b"no profile", {"/N": 3, "/Alternate": "/DeviceRGB", "/Range": [0, 1], **PRIVATE})],
        "/C9": [f"/{MARK}", 1], "/C10": ["/Separation", "/All"], "/C11": [TextStringObject(MARK)], "/C12": [],
        "/C13": {"/CalRGB": MARK},
    }})["/ColorSpace"]
    expected = ["/CalRGB", {"/WhitePoint": [1, 1, 1]}]
    assert plainly(drawn) == {
        "/C0": "/DeviceRGB", "/C1": expected, "/C2": ["/Separation", "/Spot1", expected, EXPONENTIAL],
        "/C3": ["/DeviceN", ["/Cyan", "/Spot2", "/None"], "/DeviceCMYK", EXPONENTIAL],
        "/C4": ["/Indexed", "/DeviceGray", 1, str(drawn["/C4"][3])],
        "/C5": ["/Indexed", "/DeviceGray", 1, {"data": b"\0\xff"}],
        "/C6": ["/Pattern", "/DeviceRGB"], "/C7": ["/Pattern"],
        "/C8": ["/ICCBased", {"/N": 3, "/Alternate": "/DeviceRGB", "/Range": [0, 1], "data": b""}],
    }
    assert drawn["/C4"][3].original_bytes == b"\0\xff"


def test_pages_forms_pictures_and_their_streams() -> None:
    packed = zlib.compress(b"\0\x80")
    picture = stream(packed, {
        "/Type": "/XObject", "/Subtype": "/Image", "/Width": 1, "/Height": 1, "/ColorSpace": "/DeviceGray",
        "/BitsPerComponent": 8, "/Filter": "/FlateDecode",
        "/DecodeParms": {"/Predictor": 15, "/Columns": 1, "/Colors": 1, **PRIVATE}, **PRIVATE})
    form = stream(b"/I0 Do", {"/Type": "/XObject", "/Subtype": "/Form", "/BBox": [0, 0, 1, 1],
                              "/Resources": {"/XObject": {"/I0": picture}, **PRIVATE}, **PRIVATE})
    script = stream(b"% " + MARK.encode(), {"/Type": "/XObject", "/Subtype": "/PS"})
    drawn = drawn_with(
        {"/XObject": {"/X0": form, "/X1": script, "/X2": {"/Subtype": "/Form", "/Maker": MARK}},
         "/ProcSet": ["/PDF", "/ImageB"], "/Properties": {"/MC0": PRIVATE}},
        Contents=stream(b"/X0 Do", PRIVATE), Group={"/S": "/Transparency", "/CS": "/DeviceRGB", **PRIVATE},
        MediaBox=[0, 0, 10, 10], UserUnit=TextStringObject(MARK), ArtBox=PRIVATE,
    )
    assert set(drawn) == {"/XObject", "/ProcSet", "/Properties"}
    assert plainly(drawn["/Properties"]) == {"/MC0": {}}
    assert set(drawn["/XObject"]) == {"/X0"}
    inner = drawn["/XObject"]["/X0"]["/Resources"]["/XObject"]["/I0"]
    assert {key: plainly(dict.__getitem__(inner, key)) for key in inner if key not in {"/Length"}} == {
        "/Type": "/XObject", "/Subtype": "/Image", "/Width": 1, "/Height": 1, "/ColorSpace": "/DeviceGray",
        "/BitsPerComponent": 8, "/Filter": "/FlateDecode",
        "/DecodeParms": {"/Predictor": 15, "/Columns": 1, "/Colors": 1}}
    assert inner._data == packed


def test_a_circle_of_forms_ends() -> None:
    pdf = pikepdf.Pdf.new()
    form = pdf.make_stream(b"/X0 Do", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 1, 1])
    form["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X0=form))
    form["/LatticeMaker"] = pikepdf.String(MARK)
    pdf.add_blank_page()
    page = pdf.pages[0].obj
    page["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X0=form))
    pdf_shapes.Shaper(pdf_streams.Streams(pdf)).page(page)
    assert set(form.keys()) == {"/Type", "/Subtype", "/BBox", "/Resources", "/Length", "/Filter"}


def test_chains_that_branch_are_looked_at_once_for_each_object() -> None:
    """Thirty lists, each twice in the next: two to the thirtieth paths."""
    pdf = pikepdf.Pdf.new()
    pdf.add_blank_page()
    chain = pdf.make_indirect(pikepdf.Array([1]))
    for _step in range(30):
        chain = pdf.make_indirect(pikepdf.Array([chain, chain]))
    pdf.pages[0].obj["/MediaBox"] = chain
    pdf_shapes.Shaper(pdf_streams.Streams(pdf)).page(pdf.pages[0].obj)
    assert "/MediaBox" in pdf.pages[0].obj


def test_a_page_with_too_many_values_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_shapes, "MOST_VALUES", 1000)
    pdf = pikepdf.Pdf.new()
    pdf.add_blank_page()
    pdf.pages[0].obj["/Resources"] = pikepdf.Dictionary(ProcSet=[[1] * 30] * 40)
    with pytest.raises(Withheld) as withheld:
        pdf_shapes.Shaper(pdf_streams.Streams(pdf)).page(pdf.pages[0].obj)
    assert withheld.value.reason == "large"


@pytest.mark.parametrize(("value", "holds"), [
    (1, True), (1.5, True), ("/Name", True), (True, True), ([1, ["/A", [2.5]]], True), ([], True),
    (MARK, False), ([1, MARK], False), ({}, False), ([[{}]], False),
])
def test_what_is_plain(value: Any, holds: bool) -> None:
    resources = drawn_with({"/ProcSet": value, "/Shading": {"/S0": {"/ShadingType": 1}}})
    assert ("/ProcSet" in resources) is holds


def test_every_kind_that_a_shape_names_is_known() -> None:
    kinds = {*pdf_shapes.SHAPES, "plain", "colours", "collected", "typeface", "bytes", "colorants"}
    named = {kind for shape in pdf_shapes.SHAPES.values() for kinds in shape.values()
             for kind in kinds.removeprefix("each ").removeprefix("named ").split("|")}
    named |= {kind for kinds in pdf_shapes.FAMILIES.values() for one in kinds for kind in one.split("|")}
    assert named - kinds == set()
    assert set(pdf_shapes.SHAPES) > pdf_shapes.STREAMS


@pytest.mark.parametrize(("written", "ranges"), [
    (b"", b""), (b"1 beginbfchar 1 beginbfchar <01> <0041> endbfchar", b"1 beginbfchar\n<01> <0041>\nendbfchar\n"),
    (b"1 beginbfchar <01> <0041> endbfrange", b""), (b"1 beginbfchar <01> <0041>", b""), (b"endbfchar", b""),
    (b"1 beginbfchar <01> <00 41> (text) 12 endbfchar", b"1 beginbfchar\n<01> <00 41>\nendbfchar\n"),
])
def test_ranges_of_codes_begin_and_end(written: bytes, ranges: bytes) -> None:
    assert pdf_streams.code_ranges(written) == pdf_streams.MAPPING_HEAD + ranges + pdf_streams.MAPPING_FOOT


def test_every_rewriter_is_of_a_kind_of_stream() -> None:
    assert pdf_streams.REWRITERS.keys() - {"calculator"} <= pdf_shapes.STREAMS
