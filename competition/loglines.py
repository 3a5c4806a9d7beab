"""Log records of libraries and of the web server as one JSON object a line, like those of the application."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """``{"event", "level", "logger", "timestamp"}``, with ``exception`` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
