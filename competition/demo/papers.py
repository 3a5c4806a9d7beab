"""Real PDFs for demo entries, typeset by typst from an entry's own answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst

from competition.demo import prose
from competition.paths import ROOT

FONTS = ROOT / "static" / "dist" / "fonts"
SOURCE = """
#let d = json(bytes(sys.inputs.data))
#set document(title: d.title, author: ())
#set page(paper: "a4", margin: 24mm, numbering: "1 / 1")
#set text(font: ("Noto Sans SC", "Noto Sans KR", "Libertinus Serif"), size: 10.5pt, lang: d.lang)
#set par(leading: 0.8em, justify: false)
#show heading: set text(fill: rgb("#1d6b50"))
#text(size: 9pt, fill: rgb("#55606e"))[#d.call]
#v(2pt)
#text(size: 20pt, weight: "bold")[#d.title]
#v(6pt)
#for part in d.parts [
  == #part.heading
  #part.text
]
#pagebreak()
== #d.milestones_heading
#table(columns: (auto, 1fr, auto, auto), stroke: 0.5pt + rgb("#e2ded5"), inset: 7pt,
  ..d.columns.map(name => [*#name*]),
  ..d.milestones.enumerate().map(((i, m)) => ([#(i + 1)], [#m.title], [#m.days], [#m.share %])).flatten())
"""


PARTS = ("summary", "technical_plan", "difference", "pilot_plan", "data_ethics", "risks")


class Typesetter:
    """One compiler for many papers: fonts are read once."""

    def __init__(self, folder: Path) -> None:
        source = folder / "paper.typ"
        source.write_text(SOURCE, encoding="utf-8")
        fonts = [str(FONTS)] if FONTS.is_dir() else []
        self._compiler = typst.Compiler(str(source), font_paths=fonts)

    def paper(self, *, call: str, title: str, lang: str, answers: dict[str, Any]) -> bytes:
        """A two-page proposal; carries nothing of the team, as the demo's calls are judged blind."""
        words = prose.texts(lang)["paper"]
        parts = [{"heading": words[key], "text": answers[key]} for key in PARTS]
        milestones = [
            {"title": m["title"], "days": m["days"], "share": m["share_percent"]} for m in answers["milestones"]
        ]
        data = {
            "call": call, "title": title, "lang": lang, "parts": parts, "milestones": milestones,
            "milestones_heading": words["milestones"], "columns": words["columns"],
        }
        document = self._compiler.compile(format="pdf", sys_inputs={"data": json.dumps(data)})
        if not isinstance(document, bytes):
            raise TypeError("typst gave no single PDF")
        return document
