"""Pages of programmes and calls, by audience."""

from competition.calls.routes import audit, documents, editor, organizer, programmes, signatures
from competition.calls.routes.blueprints import audit as audit_pages
from competition.calls.routes.blueprints import organizer as organizer_pages
from competition.calls.routes.public import bp as public_pages

BLUEPRINTS = (public_pages, organizer_pages, audit_pages)

__all__ = ["BLUEPRINTS", "audit", "documents", "editor", "organizer", "programmes", "signatures"]
