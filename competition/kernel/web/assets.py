"""Names of built assets: ``asset("app.js")`` → the address of the hashed file of the last build."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from threading import Lock

from cachetools import TTLCache, cached
from flask import Flask, url_for


def init_app(app: Flask) -> None:
    """Give templates ``asset(name)`` and ``build()``, which differs from build to build."""
    manifest = Path(app.static_folder or "static") / "dist" / "manifest.json"

    @cached(TTLCache(1, 1.0), lock=Lock())  # a new build is seen within a second, without a look at the disk per name
    def build() -> int:
        return manifest.stat().st_mtime_ns if manifest.exists() else 0

    @lru_cache(maxsize=2)
    def addresses(_build: int) -> dict[str, str]:
        names: dict[str, str] = json.loads(manifest.read_text()) if _build else {}
        return {name: url_for("static", filename=f"dist/{hashed}") for name, hashed in names.items()}

    def asset(name: str) -> str:
        return addresses(build()).get(name) or url_for("static", filename=f"dist/{name}")

    app.jinja_env.globals.update(asset=asset, build=build)
