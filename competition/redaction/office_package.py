"""Parts of an office package (ECMA-376-2): which are kept, under what names, and what leads to them.

A part is found by the relationships that lead to it, so its name is free: one that is not of the words that Word,
PowerPoint and Excel name parts by (``word/media/team-lattice.png``) is replaced by a number, and relationships and
the list of content types follow.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain
from urllib.parse import unquote

from competition.redaction import markup, office_rules
from competition.redaction.markup import Attributes

CONTENT_TYPES = "[Content_Types].xml"
NOTHING = "NULL"  # what Word itself writes for a part that is not there
FOLDERS = frozenset({
    "word", "ppt", "xl", "parts", "media", "embeddings", "fonts", "theme", "charts", "chartsheets", "diagrams",
    "drawings", "slides", "slidelayouts", "slidemasters", "worksheets", "dialogsheets", "tables", "pivottables",
    "pivotcache", "querytables", "slicers", "slicercaches", "timelines", "timelinecaches", "externallinks",
    "threadedcomments", "comments", "ctrlprops", "activex", "richdata", "ink",
})
STEM = re.compile(r"""(?:
    document|styles?|styleswitheffects|settings|websettings|fonttable|numbering|footnotes|endnotes|header|footer|
    comments?|commentsextended|commentsids|commentsextensible|commentauthors|authors|theme|themeoverride|
    image|media|audio|video|hdphoto|font|ink|part|chart|chartex|colors|drawing|vmldrawing|data|layout|quickstyle|
    presentation|presprops|viewprops|tablestyles|slide|slidelayout|slidemaster|
    workbook|sheet|chartsheet|sharedstrings|calcchain|table|pivottable|pivotcachedefinition|pivotcacherecords|
    querytable|connections|slicer|slicercache|timeline|timelinecache|externallink|metadata|threadedcomment|
    ctrlprop|activex|oleobject|volatiledependencies|
    microsoft_(?:office_)?(?:excel|word|powerpoint)_(?:work)?(?:sheet|document|presentation)
)_?\d{0,5}""", re.X)
ENDING = re.compile(r"[a-z0-9]{1,10}")


class Package:
    """What becomes of the names in one file.

    Parameters
    ----------
    infos
        Its parts, each under another name when compared without case.

    Raises
    ------
    Withheld
        When relationships are not well-formed.
    """

    def __init__(self, packed: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo]) -> None:
        self._spelled = {part_key(info.filename): part_path(info.filename) for info in infos}
        self._parts = set(self._spelled)
        self._targets: dict[str, set[str]] = {}  # by part: where it leads to; "" is the package
        self._dropped = {part for part in self._parts if office_rules.dropped(part)}
        for info in infos:
            if info.filename.lower().endswith(".rels"):
                with packed.open(info) as before:
                    markup.visit(before, partial(self._note, source_of(part_key(info.filename))))
        self._drop()
        self._names = self._name_parts()
        self._endings = {name.lower().rpartition(".")[2] for name in self._names.values()} | {"xml", "rels"}

    def name(self, filename: str) -> str | None:
        """The name under which a part is kept, or None when it is left behind."""
        return self._names.get(part_key(filename))

    def content_type(self, _name: str, attributes: Attributes) -> Attributes | None:
        """A line of the list of content types, unless nothing of its kind is kept."""
        if "PartName" in attributes:
            name = self.name(attributes["PartName"])
            return None if name is None else {**attributes, "PartName": f"/{name}"}
        if "Extension" not in attributes:
            return attributes
        return attributes if attributes["Extension"].lower() in self._endings else None

    def relationship(self, filename: str, _name: str, attributes: Attributes) -> Attributes | None:
        """A link of a part to another, unless that is left behind; a link to the outside leads nowhere."""
        if "Target" not in attributes:
            return attributes
        if attributes.get("TargetMode") == "External":
            template = attributes.get("Type", "").endswith("/attachedTemplate")
            return None if template else {**attributes, "Target": office_rules.NOWHERE}
        if attributes["Target"].startswith("#"):  # a place in the same part
            return attributes
        source = source_of(part_key(filename))
        written = target_of(source, attributes)
        target = written.lower()
        if office_rules.dropped_link(attributes) or target in self._dropped or office_rules.dropped(target):
            return None
        folder = posixpath.dirname(self._names.get(source, source))
        _path, sign, place = attributes["Target"].partition("#")
        name = self._names.get(target) or (written if _is_standard(target) else None)
        leads = NOTHING if name is None else posixpath.relpath(f"/{name}", f"/{folder}") + sign + place
        return {**attributes, "Target": leads}

    def _note(self, source: str, _name: str, attributes: Attributes) -> None:
        """Note where a relationship of ``source`` leads to."""
        if attributes.get("TargetMode") == "External" or "Target" not in attributes:
            return
        target = target_of(source, attributes).lower()
        self._targets.setdefault(source, set()).add(target)
        if office_rules.dropped_link(attributes):
            self._dropped.add(target)

    def _drop(self) -> None:
        """What only dropped parts lead to goes with them, and so do the relationships of each."""
        left = Counter(chain.from_iterable(self._targets.values()))
        waiting = list(self._dropped)
        while waiting:
            for target in self._targets.get(waiting.pop(), ()):
                left[target] -= 1
                if not left[target] and target not in self._dropped:
                    self._dropped.add(target)
                    waiting.append(target)
        remaining = (self._parts - self._dropped) | {""}
        self._dropped |= {part for part in self._parts if part.endswith(".rels") and source_of(part) not in remaining}

    def _name_parts(self) -> dict[str, str]:
        """The name in the copy of every part that is kept."""
        remaining = sorted(self._parts - self._dropped)
        own = [part for part in remaining if not part.endswith(".rels") and part != CONTENT_TYPES.lower()]
        names = {part: self._spelled[part] for part in own if _is_standard(part)}
        taken, numbers = set(names), Counter[str]()
        for part in own:
            if part not in names:
                names[part] = _neutral(part, taken, numbers)
        for part in remaining:
            if part.endswith(".rels"):
                folder, name = posixpath.split(names.get(source_of(part), ""))
                names[part] = posixpath.join(folder, "_rels", f"{name}.rels")
        return names | {CONTENT_TYPES.lower(): CONTENT_TYPES}


def part_path(name: str) -> str:
    """A name as it is written, however a program packs it."""
    return posixpath.normpath(unquote(name).replace("\\", "/").lstrip("/"))


def part_key(name: str) -> str:
    """How names are compared: without case."""
    return part_path(name).lower()


def source_of(part: str) -> str:
    """The part whose relationships are in this one; "" for those of the whole package."""
    folder, name = posixpath.split(part)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))


def target_of(source: str, attributes: Attributes) -> str:
    """The part that a relationship of ``source`` leads to, as written."""
    path = unquote(attributes["Target"].partition("#")[0]).replace("\\", "/")
    return part_path(posixpath.normpath(posixpath.join("/", posixpath.dirname(source), path)))


def _is_standard(part: str) -> bool:
    """Whether a part has a name that Word, PowerPoint and Excel give, which says nothing of its makers."""
    folder, name = posixpath.split(part)
    stem, _dot, ending = name.partition(".")
    return _all_standard(folder.split("/")) and bool(STEM.fullmatch(stem) and ENDING.fullmatch(ending))


def _all_standard(folders: Iterable[str]) -> bool:
    return all(folder in FOLDERS or not folder for folder in folders)


def _neutral(part: str, taken: set[str], numbers: Counter[str]) -> str:
    """Another name in the same folder, as far as folders say nothing either; counts in ``numbers``."""
    folder, name = posixpath.split(part)
    ending = name.rpartition(".")[2]
    folder = "/".join(one if one in FOLDERS else "parts" for one in folder.split("/") if one)
    place = posixpath.join(folder, "part")
    while True:
        numbers[place + ending] += 1
        candidate = f"{place}{numbers[place + ending]}.{ending}"
        if candidate not in taken:
            return candidate
