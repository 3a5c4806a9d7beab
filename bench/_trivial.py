"""The base of every page figure: the smallest page that Flask can serve."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def page() -> str:
    return "<!doctype html><title>Hello</title><p>Hello, world</p>"
