"""Commands of a panel that discusses: write a note, change one's own scores with a reason."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls.models import Stage
from competition.extensions import db
from competition.judging.lifecycle import SHEET
from competition.judging.models import Assignment, DeliberationNote, ScoreSheet
from competition.judging.queries import deliberation as queries
from competition.judging.queries.deliberation import Deliberation
from competition.judging.queries.tasks import rubric_view
from competition.judging.scores import pack, total
from competition.judging.service import sheet_versions
from competition.judging.service.sheets import Marks, reopen_sheet, scale_errors
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.web.access import Actor

NOTE_MOST = 4000


def write_note(*, discussion: Deliberation, entry_code: str, text: str, actor: Actor, now: datetime) -> None:
    """Add a note to an entry; the other judges read it under the number of the seat.

    Raises
    ------
    Missing
        For an entry that the judge may not discuss.
    RuleBroken
        Without a text.
    """
    view = _hold(discussion, entry_code)
    if not text.strip():
        raise RuleBroken(_("Write something."), field="text")
    db.session.add(DeliberationNote(
        id=new_id(), stage_id=discussion.stage.id, entry_id=view.entry_id, seat_id=discussion.seat.id, at=now,
        text=text.strip(),
    ))
    audit.record("deliberation.noted", chain=discussion.call.id, subject=entry_code, actor_id=actor.id, now=now,
                 seat=discussion.seat.number)


def revise(
    *, discussion: Deliberation, entry_code: str, marks: Marks, reason: str, actor: Actor, now: datetime
) -> None:
    """Change one's own submitted scores: a new version is sealed, the one before stays with the reason.

    Raises
    ------
    Missing
        Without an own submitted sheet for the entry.
    RuleBroken
        Without a reason, when a score is missing or off its scale, or when nothing changes.
    """
    view = _hold(discussion, entry_code)
    own = next((sheet for sheet in view.sheets if sheet.own), None)
    if own is None or marks.rubric_id != own.rubric_version_id:
        raise Missing("")
    rubric = rubric_view(own.rubric_version_id)
    for name, message in scale_errors(marks, rubric).items():
        raise RuleBroken(message, field=name)
    for value, criterion in zip(marks.scores, rubric.criteria, strict=True):
        if value is None:
            raise RuleBroken(_("Score every criterion."), field=f"score-{criterion.key}")
    if marks.scores == own.scores:
        raise RuleBroken(_("Nothing changes: these are the scores that you have submitted."), field="reason")
    if not reason.strip():
        raise RuleBroken(_("Say why: the reason stays beside the earlier scores."), field="reason")
    sheet = db.session.scalars(
        select(ScoreSheet).join(Assignment, Assignment.id == ScoreSheet.assignment_id)
        .where(Assignment.code == own.task_code).with_for_update()
    ).one()
    before = sheet.total
    reopen_sheet(sheet, reason=reason.strip(), actor_id=actor.id, now=now)
    db.session.flush()
    sheet.scores, sheet.total = pack(marks.scores), total(marks.scores, rubric.criteria)
    sheet.version += 1
    sheet.saved_at = sheet.submitted_at = now
    SHEET.advance(sheet, "submit")
    version = sheet_versions.seal(
        sheet=sheet, call_id=discussion.call.id, assignment_code=own.task_code, entry_code=entry_code,
        seat_number=discussion.seat.number, actor_id=actor.id, now=now,
    )
    audit.record(
        "sheet.revised", chain=discussion.call.id, subject=own.task_code, actor_id=actor.id, now=now,
        seat=discussion.seat.number, entry=entry_code, version=version.number, reason=reason.strip(),
        changed=before != sheet.total,
    )


def _hold(discussion: Deliberation, entry_code: str) -> queries.DiscussedView:
    """The entry, while the stage is held against its end."""
    state = db.session.scalars(
        select(Stage.state).where(Stage.id == discussion.stage.id).with_for_update(read=True)
    ).one()
    if state != "discussing":
        raise IllegalMove(_("The discussion of this panel is over."))
    view = queries.entry(discussion, entry_code)
    if view is None:
        raise Missing("")
    return view
