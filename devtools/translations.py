"""Message catalogues: built at set-up, updated by ``./run messages``, checked by ``./run check``."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from competition.kernel.text.languages import LANGUAGES, SOURCE, Language
from devtools.progress import Progress
from devtools.setup import ROOT, SetupError

FOLDER = ROOT / "competition" / "translations"
TEMPLATE = FOLDER / "messages.pot"
TRANSLATED = tuple(language for language in LANGUAGES.values() if language is not SOURCE)
SCRIPT_WORDS = ROOT / "static" / "src" / "words"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd%]")
KEYWORDS = ("_l", "msgid", "lazy_gettext", "lazy_ngettext:1,2", "lazy_pgettext:1c,2", "_n:1,2", "_p:1c,2")


def build(progress: Progress) -> None:
    """Compile each catalogue that is newer than its compiled form."""
    stale = [po for po in FOLDER.rglob("*.po") if _is_newer(po, po.with_suffix(".mo"))]
    progress.run("Compiling translations", lambda: _compile(stale), needed=bool(stale))


def _is_newer(source: Path, target: Path) -> bool:
    return not target.exists() or source.stat().st_mtime > target.stat().st_mtime


def _compile(sources: list[Path]) -> None:
    for source in sources:
        target = source.with_suffix(".mo")
        draft = target.with_suffix(".mo.new")
        with draft.open("wb") as stream:
            write_mo(stream, _read(source))
        draft.rename(target)


def _read(file: Path) -> Catalog:
    try:
        with file.open("rb") as stream:
            return read_po(stream, locale=None if file == TEMPLATE else file.parent.parent.name)
    except ValueError as error:
        raise SetupError(f"{file.relative_to(ROOT)} is not a catalogue: {error}") from error


def _babel(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "babel.messages.frontend", "-q", *arguments],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )
    if done.returncode:
        raise SetupError(f"pybabel {arguments[0]} failed:\n{done.stderr}")


def extract() -> Catalog:
    """Every text that templates and Python hand to gettext."""
    FOLDER.mkdir(exist_ok=True)
    keywords = [option for keyword in KEYWORDS for option in ("-k", keyword)]
    _babel(
        "extract", "-F", "pyproject.toml", *keywords, "--no-location", "--sort-output",
        "--ignore-dirs", ".*",  # Babel's default passes over _layout and _macros
        "--project", "Opencall", "-o", str(TEMPLATE), ".",
    )
    return _read(TEMPLATE)


def update() -> int:
    """Add new texts to the catalogues and drop those that are no longer used."""
    template = extract()
    for language in (each.locale for each in TRANSLATED):
        file = FOLDER / language / "LC_MESSAGES" / "messages.po"
        catalog = _read(file) if file.exists() else Catalog(locale=language, project="Opencall", fuzzy=False)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        catalog.header_comment = f"# Opencall in {catalog.locale.english_name}. Collected by ./run messages."
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            write_po(stream, catalog, width=110, sort_output=True, no_location=True)
        missing = sum(1 for message in catalog if message.id and not _texts(message))
        print(f"{language}: {len(catalog)} texts, {missing} to translate")
    for name, text in script_modules().items():
        (SCRIPT_WORDS / name).write_text(text, "utf-8")
    _begin_script_words()
    return 0


def _begin_script_words() -> None:
    """For a new language: the texts of scripts, to be translated."""
    files = [SCRIPT_WORDS / f"{language.code}.json" for language in TRANSLATED]
    texts = [text for file in files if file.exists() for text in json.loads(file.read_text("utf-8"))]
    empty = json.dumps(dict.fromkeys(texts, ""), ensure_ascii=False, indent=1) + "\n"
    for file in files:
        if not file.exists():
            file.write_text(empty, "utf-8")


def script_modules() -> dict[str, str]:
    """File name → source of the modules that tell scripts of the languages."""
    head = "// Written by `./run messages` from competition/kernel/text/languages.py.\n"
    codes = sorted(language.code for language in TRANSLATED)
    imports = "".join(f'import {code} from "./{code}.json" with {{ type: "json" }};\n' for code in codes)
    rows = "".join(f"  {_script_object(language)},\n" for language in LANGUAGES.values())
    uppy = "".join(
        f'  {language.code}: () => import("@uppy/locales/lib/{language.script_locale.replace("-", "_")}.js"),\n'
        for language in TRANSLATED
    )
    return {
        "languages.js": f"{head}{imports}\nexport const LANGUAGES = [\n{rows}];\n",
        "uppy.js": f"{head}export const UPPY_LOCALES = {{\n{uppy}}};\n",
    }


def _script_object(language: Language) -> str:
    values = {
        "code": language.code, "tag": language.tag, "locale": language.script_locale,
        "shortDate": language.short_date, "dateTimeGap": language.date_time_gap,
        "breaksWords": language.breaks_words,
    }
    pairs = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return f"{{ {', '.join(pairs)}, words: {'{}' if language is SOURCE else language.code} }}"


def faults() -> Iterator[str]:
    """What is missing, doubtful, or would break: one line each."""
    for name, text in script_modules().items():
        if not (SCRIPT_WORDS / name).exists() or (SCRIPT_WORDS / name).read_text("utf-8") != text:
            yield f"static/src/words/{name} does not follow languages.py: ./run messages"
    template = extract()
    for language in (each.locale for each in TRANSLATED):
        file = FOLDER / language / "LC_MESSAGES" / "messages.po"
        if not file.exists():
            yield f"{file.relative_to(ROOT)} is missing"
            continue
        catalog = _read(file)
        for message in template:
            if message.id:
                yield from (f"{language}: {fault}" for fault in _faults_of(message, catalog))


def _faults_of(message: Message, catalog: Catalog) -> Iterator[str]:
    text = message.id if isinstance(message.id, str) else message.id[0]
    translated = catalog.get(message.id, message.context)
    if translated is None or not _texts(translated):
        yield f"not translated: {text!r}"
        return
    if translated.fuzzy:
        yield f"marked fuzzy: {text!r}"
    # A plural form may leave the number out ("one entry"), but none may invent a placeholder.
    allowed = {name for form in _forms(message.id) for name in PLACEHOLDER.findall(form)}
    needed = allowed if isinstance(message.id, str) else set()
    for translation in _texts(translated):
        names = set(PLACEHOLDER.findall(translation))
        if not needed <= names or not names <= allowed:
            yield f"placeholders differ: {text!r} → {translation!r}"


def _forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _texts(message: Message) -> list[str]:
    """The translations, or nothing when one is empty."""
    forms = _forms(message.string or "")
    return forms if all(forms) else []
