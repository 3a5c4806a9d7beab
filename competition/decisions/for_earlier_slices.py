"""Registers the decisions with the results pages, which show outcomes beside scores."""

from __future__ import annotations

from competition.decisions.labels import OUTCOMES
from competition.decisions.models import Decision
from competition.decisions.queries.decisions import being_decided
from competition.decisions.service import evidence as _evidence  # noqa: F401 - registers its check
from competition.results.decision_source import DecisionSource, register

register(DecisionSource(table=Decision, being_decided=being_decided, outcomes=OUTCOMES))
