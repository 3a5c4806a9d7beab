"""What the log records of exports, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, Any] = {
    "export.requested": _l("Export requested"),
    "export.finished": _l("Export ready"),
    "export.expired": _l("Export deleted after its time"),
}
