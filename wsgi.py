"""The WSGI entry: ``granian --interface wsgi wsgi:app``."""

from __future__ import annotations

import gc

from flask import Flask


def build() -> Flask:
    """The application, and what was imported for it, out of the garbage collector's sight: it all stays."""
    gc.disable()
    try:
        from competition import create_app

        return create_app()
    finally:
        gc.freeze()
        gc.enable()


app = build()
