"""Whether the scores of a stage are still sealed: the one answer for pages, exports and aggregations.

Until a stage is closed, its organizers see how many sheets there are and in what state, never what is in them: no
totals, no comments, no ranks. Whoever knew the scores could close a stage, bar a judge or reopen a sheet by them.
"""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from competition.calls.models import Stage
from competition.calls.queries import deciding_stage
from competition.extensions import db
from competition.kernel.errors import IllegalMove


def sealed(stage: Stage) -> bool:
    """Whether organizers may not know the scores of this stage yet."""
    return stage.state != "closed"


def sealed_id(stage_id: UUID) -> bool:
    """As :func:`sealed`, for a stage that is known by its id."""
    return db.session.scalars(select(Stage.state).where(Stage.id == stage_id)).one() != "closed"


def unsealed_sql() -> ColumnElement[bool]:
    """The opposite as a condition of a statement that selects from stages."""
    return Stage.state == "closed"


def result_sealed(call_id: UUID) -> bool:
    """Whether the scores that decide a call are sealed."""
    return sealed(deciding_stage(call_id))


def check_unsealed(stage: Stage) -> None:
    """Refuse what would show scores of a sealed stage.

    Raises
    ------
    IllegalMove
        With the way to open it.
    """
    if sealed(stage):
        raise IllegalMove(_(
            "The scores of this stage are sealed until it is closed. Close it on the page “Close judging”; that page "
            "names what is missing."
        ))
