"""Commands on programmes and calls: the only writers of this slice."""

from competition.calls.service.calls import cancel, copy_call, create_call, publish, start_judging
from competition.calls.service.documents import (
    abandon_document,
    begin_document,
    document_arrived,
    remove_document,
)
from competition.calls.service.editing import frozen_reason, save_section
from competition.calls.service.programmes import create_programme, update_programme

__all__ = [
    "abandon_document", "begin_document", "cancel", "copy_call", "create_call", "create_programme",
    "document_arrived", "frozen_reason", "publish", "remove_document", "save_section", "start_judging",
    "update_programme",
]
