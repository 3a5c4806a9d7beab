"""Pages of programmes and calls, by audience."""

from competition.calls.routes import audit, documents, editor, operator, organizer, people, programmes, signatures
from competition.calls.routes.blueprints import audit as audit_pages
from competition.calls.routes.blueprints import operator as operator_pages
from competition.calls.routes.blueprints import organizer as organizer_pages
from competition.calls.routes.public import bp as public_pages

BLUEPRINTS = (public_pages, organizer_pages, operator_pages, audit_pages)

__all__ = [
    "BLUEPRINTS", "audit", "documents", "editor", "operator", "organizer", "people", "programmes", "signatures",
]
