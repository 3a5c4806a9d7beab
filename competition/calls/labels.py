"""Words for languages, sections and refusals."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

LANGUAGE_NAMES = {"en": _l("English"), "zh": _l("Chinese"), "ko": _l("Korean")}

SECTIONS: dict[str, Any] = {
    "texts": _l("Texts"),
    "facts": _l("Facts and money"),
    "dates": _l("Dates"),
    "rules": _l("Rules"),
    "kpis": _l("Targets"),
    "criteria": _l("Criteria"),
    "questions": _l("Questions"),
}

REFUSALS: dict[str, Any] = {  # why a document that arrived is not offered
    "digest": _l("refused: its bytes changed on the way; send it again"),
    "size": _l("refused: the file is not as long as it said; send it again"),
    "malware": _l("refused: our malware scanner found something in it; send a clean file"),
    "unread": _l("refused: it is too large, or packed too deeply, for our malware scanner; make it smaller"),
    "late": _l("refused: it arrived after the documents of this call were fixed"),
}
