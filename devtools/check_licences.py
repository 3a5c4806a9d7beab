"""Whether every dependency may be distributed with a work under Apache-2.0."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import metadata

from devtools.check_requirements import pins
from devtools.packages import LOCKED_LISTS
from devtools.setup import ROOT

NPM_LOCKS = ("package-lock.json", "devtools/browser/package-lock.json")
# Permissive licences, by their SPDX names. "BSD" is what the classifiers of Python packages call the whole family.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "OFL-1.1",
    "PSF-2.0", "Unlicense", "Zlib",
}
UNSTATED = "not stated"
LINKED = "imported unchanged from its own package, which whoever runs us can replace: the LGPL allows that"
UNCHANGED = "imported unchanged from its own package: the MPL asks for changes to its own files only"
UNDISTRIBUTED = "used by tests and checks only, and not part of what is distributed"
# package: (the licence that is excused, why)
EXCEPTIONS = {
    "psycopg": ("LGPL-3.0-only", LINKED),
    "psycopg-binary": ("LGPL-3.0-only", LINKED),
    "pikepdf": ("MPL-2.0", UNCHANGED),
    "pysqlite3": (UNSTATED, "its licence file is that of zlib"),
    "hypothesis": ("MPL-2.0", UNDISTRIBUTED),
    "pathspec": ("MPL-2.0", UNDISTRIBUTED),
    "axe-core": ("MPL-2.0", UNDISTRIBUTED),
    "krippendorff": ("GPL-3.0-or-later", UNDISTRIBUTED),
    "axe-playwright-python": (UNSTATED, "its licence file is that of MIT"),
}
# How packages without an SPDX expression write a licence, in a classifier or a free text.
SPDX = (
    (r"MIT\b.*", "MIT"), (r"Apache.*2.*|Apache Software License", "Apache-2.0"), (r"(the )?unlicense\b.*", "Unlicense"),
    (r"(3-clause BSD|BSD 3-clause).*", "BSD-3-Clause"), (r"(2-clause BSD|BSD 2-clause).*", "BSD-2-Clause"),
    (r"BSD License", "BSD"), (r"Mozilla Public License 2.0.*", "MPL-2.0"),
)


def allowed(expression: str) -> bool:
    """Whether an SPDX expression leaves a choice of permissive licences only; in parentheses every name counts."""
    choices = [expression] if "(" in expression else expression.split(" OR ")
    return any(set(re.split(r" AND | OR ", choice.replace("(", "").replace(")", ""))) <= ALLOWED for choice in choices)


def python_licence(package: metadata.PackageMetadata) -> str:
    """The SPDX expression of an installed package, from the newest field that states it."""
    for expression in package.get_all("License-Expression") or ():
        return str(expression)
    classifiers = [text for text in package.get_all("Classifier") or () if text.startswith("License ::")]
    texts = [text.rpartition(" :: ")[2] for text in classifiers if not text.lower().endswith(" approved")]
    texts = texts or [text.partition("\n")[0] for text in package.get_all("License") or ()]
    return " AND ".join(map(_spdx, filter(None, texts))) or UNSTATED


def _spdx(text: str) -> str:
    return next((name for pattern, name in SPDX if re.fullmatch(pattern, text, re.IGNORECASE)), text)


def licences() -> Iterator[tuple[str, str | None]]:
    """Each package of the locks with its licence, or None where it is not installed (it is for other platforms)."""
    for name in LOCKED_LISTS:
        for package in pins((ROOT / f"{name}.txt").read_text()):
            try:
                yield package, python_licence(metadata.metadata(package))
            except metadata.PackageNotFoundError:
                yield package, None
    for name in NPM_LOCKS:
        for path, package in json.loads((ROOT / name).read_text())["packages"].items():
            if path:
                yield path.rpartition("node_modules/")[2], package.get("license", UNSTATED)


def faults() -> Iterator[str]:
    """One line for each package whose licence is neither permissive nor excused, and for each idle exception."""
    unused = set(EXCEPTIONS)
    for package, licence in licences():
        if package in EXCEPTIONS and licence in {EXCEPTIONS[package][0], None}:
            unused.discard(package)
        elif licence is not None and not allowed(licence):
            yield f"{package}: {licence}"
    yield from (f"{package}: no exception is needed for {EXCEPTIONS[package][0]}" for package in sorted(unused))
