"""The WSGI entry: ``granian --interface wsgi wsgi:app``."""

from __future__ import annotations

from competition import create_app

app = create_app()
