"""Rules for the hashed requirement lists: whoever asks for an extra finds it in the pin.

Pips before 23.1 (Debian 12 has 23.0) take ``coverage[toml]>=7`` for another package than the pinned ``coverage==7.17``:
they look for its newest release, and refuse that because it has no hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devtools.setup import ROOT

LISTS = ("requirements", "requirements-dev")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([\w,.-]+)\])?==[^\s;]+", re.MULTILINE)


def pins(text: str) -> dict[str, set[str]]:
    """The packages that a hashed list pins, each with the extras in its pin."""
    return {canonicalize_name(name): set(filter(None, extras.split(","))) for name, extras in PIN.findall(text)}


def dependencies(package: str, extras: set[str]) -> list[Requirement]:
    """What an installed package needs here, with these of its extras; nothing when it is not for this machine."""
    try:
        lines = metadata.requires(package) or []
    except metadata.PackageNotFoundError:
        return []
    return [
        requirement for requirement in map(Requirement, lines)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras | {""})
    ]


def list_faults(text: str) -> Iterator[str]:
    """One line for each extra that a pinned package asks for and the list does not pin."""
    pinned = pins(text)
    for package, extras in pinned.items():
        for needed in dependencies(package, extras):
            missing = needed.extras - pinned.get(canonicalize_name(needed.name), set())
            if missing:
                yield f"{package} asks for {needed}: pin {needed.name}[{','.join(sorted(missing))}]"


def faults() -> Iterator[str]:
    for name in LISTS:
        yield from (f"{name}.txt: {fault}" for fault in list_faults((ROOT / f"{name}.txt").read_text()))
