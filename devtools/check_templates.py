"""Rules for templates: they compile, are safe under the content policy, speak through gettext, and are laid out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import TemplateSyntaxError

from competition.kernel.text.languages import LANGUAGES
from devtools.setup import ROOT, TOOLS
from devtools.template_layout import layout_faults, long_lines

FOLDER = ROOT / "templates"
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
TRANSLATED = re.compile(r"\{%-?\s*trans\b.*?\bendtrans\s*-?%\}", re.DOTALL)
CLASS_BLOCK = re.compile(r"\{%-?\s*block \w*class\s*-?%\}[^{]*\{%-?\s*endblock")
# Attributes that several tags share: {% set common %}id="…" name="…"{% endset %}
SHARED_ATTRIBUTES = re.compile(r"\{%-?\s*set \w+\s*-?%\}\s*[\w-]+=\".*?\bendset\s*-?%\}", re.DOTALL)
# Attributes of a tag that is opened by statements: {% if a %}<input{% endif %} …
LOOSE_ATTRIBUTES = re.compile(r'[\w-]+="[^"<>]*"')
# A value chosen by statements: {% if … %}select{% else %}textarea{% endif %}
CHOSEN = re.compile(r"(?<=%\})\s*[a-z_-]+\s*(?=\{%)")
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
UNSAFE = re.compile(r"\|\s*safe\b|\bMarkup\(|\{%-?\s*autoescape\s+false")
ADDRESS = re.compile(r"\S+@\S+|https?://\S+")
WORD = re.compile(r"[A-Za-z]*[a-z]{2,}[A-Za-z]*")
SPOKEN_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "aria-description", "label"}
NOT_PROSE = {"script", "style", "code", "kbd", "pre", "svg"}
NAMES = {"Opencall", *(language.name for language in LANGUAGES.values())}  # the same in every language


class Page(HTMLParser):
    """Collects faults of one template whose Jinja parts have been blanked out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[tuple[int, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attributes}
        if tag in NOT_PROSE:
            self._open.append(tag)
        for name, value in attributes:
            if name == "style" or (name.startswith("on") and name.isalpha()):
                self._fault(f"{name}= is forbidden by the content policy")
            if name in SPOKEN_ATTRIBUTES:
                self._prose(value or "", f"attribute {name}")
        if tag == "script" and "src" not in names and ("type", "application/json") not in attributes:
            self._fault("inline <script>")

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, text: str) -> None:
        for line, part in enumerate(text.split("\n")):
            if not self._open:
                self._prose(part, "text", line)

    def _prose(self, text: str, where: str, below: int = 0) -> None:
        for noise in (ADDRESS, LOOSE_ATTRIBUTES):
            text = noise.sub("", text)
        words = [word for word in WORD.findall(text) if word not in NAMES]
        if words:
            self._fault(f"{where} outside gettext: {' '.join(text.split())[:60]!r}", below)

    def _fault(self, message: str, below: int = 0) -> None:
        self.faults.append((self.getpos()[0] + below, message))


def _blank(match: re.Match[str]) -> str:
    """Keep the line numbers, drop the words."""
    return "\n" * match[0].count("\n") or " "


def source_faults(source: str) -> list[tuple[int, str]]:
    """``(line, fault)`` of a template's text."""
    unsafe = [(source.count("\n", 0, hit.start()) + 1, f"{hit[0]!r}") for hit in UNSAFE.finditer(source)]
    bare = source
    for pattern in (COMMENT, TRANSLATED, CLASS_BLOCK, SHARED_ATTRIBUTES, CHOSEN, EXPRESSION):
        bare = pattern.sub(_blank, bare)
    page = Page()
    page.feed(bare)
    page.close()
    return sorted(unsafe + page.faults)


def faults() -> Iterator[str]:
    """One line for each fault in ``templates/``."""
    from competition import create_app
    from competition.config import Settings

    nowhere = Settings(
        opencall_mode="test", secret_key="x" * 32, database_url=f"sqlite:///{TOOLS}/unused.sqlite", redis_url="redis://127.0.0.1:1",
        s3_endpoint_url="http://127.0.0.1:1", s3_access_key="x", s3_secret_key="x", rate_limits=False,
    )
    app = create_app(nowhere)
    for file in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        name = file.relative_to(FOLDER).as_posix()
        try:
            with app.app_context():  # templates are compiled for a language, which a context tells
                app.jinja_env.get_template(name)
        except TemplateSyntaxError as error:
            yield f"templates/{name}:{error.lineno}: {error.message}"
        if Path(name).suffix in {".html", ".txt"}:
            source = file.read_text()
            layout = layout_faults(source) if name.endswith(".html") else list(long_lines(source))
            yield from (f"templates/{name}:{line}: {fault}" for line, fault in [*source_faults(source), *layout])
