"""What the results pages show of decisions: outcomes beside scores, and links to the pages of decisions."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from competition.calls.lifecycle import RESULT_PUBLIC
from competition.calls.models import Call
from competition.decisions.labels import OUTCOMES
from competition.decisions.models import Decision
from competition.decisions.queries.decisions import being_decided
from competition.results.decision_source import DecisionSource, PageLink, register


def _links(call: Call, aggregated: bool) -> list[PageLink]:
    """To the selection while the call is being decided, to its decisions and public page once a result is public."""
    links = []
    if aggregated and being_decided(call):
        selection = url_for("decisions_organizer.selection", programme_code=call.programme.code)
        links.append(PageLink(_("Select pilots"), selection, tone="btn-accent"))
    if call.state in RESULT_PUBLIC:
        links.append(PageLink(_("Decisions"), url_for("decisions_organizer.index", call_code=call.code)))
        public = url_for("decisions_public.show", call_code=call.code)
        links.append(PageLink(_("Open the public page"), public, icon="external"))
    return links


register(DecisionSource(table=Decision, being_decided=being_decided, outcomes=OUTCOMES, links=_links))
