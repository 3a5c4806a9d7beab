"""Names of built assets: ``asset("app.js")`` → the hashed file of the last build."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from flask import Flask, url_for


def init_app(app: Flask) -> None:
    manifest_path = Path(app.static_folder or "static") / "dist" / "manifest.json"
    state: dict[str, Any] = {"look": 0.0, "stamp": None, "names": {}, "urls": {}}

    def names() -> dict[str, str]:
        stamp = manifest_path.stat().st_mtime_ns if manifest_path.exists() else None
        if stamp != state["stamp"]:
            state["names"] = json.loads(manifest_path.read_text()) if stamp else {}
            state["urls"], state["stamp"] = {}, stamp  # after the names, which another thread may be reading
        found: dict[str, str] = state["names"]
        return found

    names()

    def build() -> int | None:
        """What changes with every build."""
        now = time.monotonic()
        if now >= state["look"]:  # a new build is found within a second, without a look at the disk per name
            state["look"] = now + 1
            names()
        stamp: int | None = state["stamp"]
        return stamp

    def asset(name: str) -> str:
        build()
        known: dict[str, str] = state["urls"]
        if name not in known:
            known[name] = url_for("static", filename="dist/" + names().get(name, name))
        return known[name]

    app.jinja_env.globals.update(asset=asset, build=build)
