"""Commands of a judge on a score sheet: save a draft, submit, adopt a changed rubric or entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from competition.calls.lifecycle import STAGE_OVER
from competition.calls.models import Call, Stage
from competition.calls.queries import RubricView
from competition.extensions import db
from competition.judging.lifecycle import SHEET, scoring_open
from competition.judging.models import Assignment, ScoreSheet, SheetVersion
from competition.judging.queries.tasks import ENTRY_CHANGED, TAKEN_BACK, Task, rubric_view
from competition.judging.scores import fits, pack, total, unpack
from competition.judging.service.assignment_counts import recount
from competition.judging.service.sheet_versions import seal
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id
from competition.kernel.data.query import write
from competition.kernel.errors import IllegalMove, Missing, RuleBroken, StaleVersion
from competition.kernel.text.points import points_text
from competition.kernel.web import idempotency
from competition.kernel.web.access import Actor

COMMENT_MOST = 4000
TAKE_BACK = timedelta(seconds=20)  # the page offers it for five seconds, and pages take time

_sheet: Any = ScoreSheet.__table__
_UPDATE_DRAFT = (
    update(_sheet)
    .where(
        _sheet.c.id == bindparam("sheet"), _sheet.c.version == bindparam("seen"), _sheet.c.state == "draft",
    )
    .values(
        version=bindparam("next"),
        **{name: bindparam(name) for name in ("scores", "comments", "overall", "total", "saved_at")},
    )
)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a judge typed, checked in shape: scores in hundredths and comments, both in rubric order."""

    rubric_id: UUID
    scores: tuple[int | None, ...]
    comments: tuple[str, ...]
    overall: str


def save_draft(*, task: Task, marks: Marks, seen_version: int, now: datetime) -> int:
    """Store a draft and return its new version. Drafts are the judge's own: they are not audited.

    Raises
    ------
    IllegalMove
        When the sheet is locked, or scores are not taken now.
    StaleVersion
        When another tab saved since this page was made.
    RuleBroken
        When a score is not on its criterion's scale; ``field`` names it.
    """
    _check_open(task, now)
    rubric = _rubric_of(task, marks)
    for field, message in scale_errors(marks, rubric).items():
        raise RuleBroken(message, field=field)
    columns = {
        "scores": pack(marks.scores), "comments": list(marks.comments), "overall": marks.overall,
        "total": total(marks.scores, rubric.criteria), "saved_at": now,
    }
    if task.sheet_id is None:
        _begin(task, marks, columns, seen_version)
        return 1
    updated = write(_UPDATE_DRAFT, **columns, sheet=task.sheet_id, seen=seen_version, next=seen_version + 1)
    if updated.rowcount != 1:
        raise _stale(task, marks)
    return seen_version + 1


def _begin(task: Task, marks: Marks, columns: dict[str, Any], seen_version: int) -> None:
    if seen_version:
        raise _stale(task, marks)
    try:
        with db.session.begin_nested():
            db.session.execute(insert(ScoreSheet).values(
                id=new_id(), assignment_id=task.id, rubric_version_id=marks.rubric_id,
                revision_id=task.entry_revision_id, state="draft", version=1, begun_at=columns["saved_at"], **columns,
            ))
    except IntegrityError:
        raise _stale(task, marks) from None
    _set_progress(task, "draft")


def submit(
    *, task: Task, marks: Marks, seen_version: int, key: str, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Lock a sheet: its scores count from now on. Returns ``{"digest", "total", "submitted_at"}``.

    Sending the same form again, with the same ``key``, gives the same answer and changes nothing.

    Raises
    ------
    RuleBroken
        When a score or the overall comment is missing, or the rubric or the entry changed since.
    IllegalMove, StaleVersion
        As :func:`save_draft`.
    """
    body = {
        "task": task.id, "rubric": marks.rubric_id, "scores": list(marks.scores),
        "comments": list(marks.comments), "overall": marks.overall,
    }

    def effect() -> dict[str, Any]:
        return _submit(task=task, marks=marks, seen_version=seen_version, actor=actor, now=now)

    return idempotency.once("sheet.submit", actor_id=actor.id, key=key, body=body, now=now, effect=effect)


def _submit(*, task: Task, marks: Marks, seen_version: int, actor: Actor, now: datetime) -> dict[str, Any]:
    _lock(task)
    _hold_call(task, now)
    save_draft(task=task, marks=marks, seen_version=seen_version, now=now)
    _check_complete(task, marks)
    sheet = db.session.scalars(
        select(ScoreSheet).where(ScoreSheet.assignment_id == task.id).execution_options(populate_existing=True)
    ).one()
    SHEET.advance(sheet, "submit")
    sheet.submitted_at = now
    version = seal(
        sheet=sheet, call_id=task.call_id, assignment_code=task.code, entry_code=task.entry_code,
        seat_number=task.seat_number, actor_id=actor.id, now=now,
    )
    _set_progress(task, "submitted")
    db.session.flush()
    return {"digest": version.digest, "total": sheet.total, "submitted_at": now.isoformat()}


def adopt(*, task: Task, actor: Actor, now: datetime) -> None:
    """Go on under the newest rubric and revision, as the judge confirms having been told.

    Scores stay where a criterion kept its key and scale, comments where it kept its key. A submitted
    sheet is only reopened when the entry itself changed: scores keep the rubric they were given under.

    Raises
    ------
    IllegalMove
        When nothing changed, or scores are not taken now.
    """
    _lock(task)
    _hold_call(task, now)
    if task.gone:
        raise _closed()
    sheet = db.session.scalar(
        select(ScoreSheet).where(ScoreSheet.assignment_id == task.id).with_for_update()
    )
    if sheet is None or not (task.entry_changed or (task.rubric_changed and not task.submitted)):
        raise IllegalMove(_("Nothing has changed: go on scoring."))
    if task.submitted:
        reopen_sheet(sheet, reason=ENTRY_CHANGED, actor_id=actor.id, now=now)
        _set_progress(task, "draft")
    if task.rubric_changed:
        _move_to_rubric(sheet, rubric_view(task.sheet_rubric_id), rubric_view(task.current_rubric_id))
    before = {"rubric": str(task.rubric_version_id), "revision": str(task.revision_id)}
    sheet.revision_id = task.entry_revision_id or sheet.revision_id
    sheet.version += 1
    audit.record(
        "sheet.adopted", chain=task.call_id, subject=task.code, actor_id=actor.id, now=now, before=before,
        rubric=str(sheet.rubric_version_id), revision=str(sheet.revision_id),
    )


def _move_to_rubric(sheet: ScoreSheet, old: RubricView, new: RubricView) -> None:
    values, comments = unpack(sheet.scores), list(sheet.comments)
    then = {criterion.key: at for at, criterion in enumerate(old.criteria)}
    moved: list[int | None] = []
    for criterion in new.criteria:
        at = then.get(criterion.key)
        value = values[at] if at is not None else None
        same = at is not None and (old.criteria[at].lo, old.criteria[at].hi) == (criterion.lo, criterion.hi)
        moved.append(value if same and value is not None and fits(value, criterion) else None)
    sheet.comments = [comments[then[c.key]] if c.key in then else "" for c in new.criteria]
    sheet.scores, sheet.total = pack(moved), total(moved, new.criteria)
    sheet.rubric_version_id = new.id


def take_back(*, task: Task, actor: Actor, now: datetime) -> None:
    """The judge undoes a submission of a moment ago: the sheet is a draft again, the submitted version stays.

    Raises
    ------
    IllegalMove
        When nothing is submitted, the moment is over, or scores are not taken now.
    """
    _lock(task)
    _hold_call(task, now)
    sheet = db.session.scalar(select(ScoreSheet).where(ScoreSheet.assignment_id == task.id).with_for_update())
    if sheet is None or sheet.submitted_at is None:
        raise IllegalMove(_("These scores are not submitted: you can change them."))
    if now - sheet.submitted_at > TAKE_BACK:
        raise IllegalMove(_("It is too late to undo: the scores are locked. You can ask the organizer to reopen them."))
    reopen_sheet(sheet, reason=TAKEN_BACK, actor_id=actor.id, now=now)
    sheet.version += 1
    _set_progress(task, "draft")
    audit.record(
        "sheet.taken_back", chain=task.call_id, subject=task.code, actor_id=actor.id, now=now, seat=task.seat_number,
        entry=task.entry_code,
    )


def reopen_sheet(sheet: ScoreSheet, *, reason: str, actor_id: UUID, now: datetime) -> None:
    """Make a submitted sheet a draft again, and note at its version when, by whom and why."""
    SHEET.advance(sheet, "reopen")
    sheet.submitted_at = None
    version = db.session.scalars(
        select(SheetVersion).where(SheetVersion.sheet_id == sheet.id).order_by(SheetVersion.number.desc()).limit(1)
    ).first()
    if version is not None:
        version.reopened_at, version.reopened_by, version.reopened_reason = now, actor_id, reason


def _lock(task: Task) -> None:
    """Hold the assignment, so that a recusal and a submission decide one after the other."""
    state = db.session.scalar(select(Assignment.state).where(Assignment.id == task.id).with_for_update())
    if state != "cleared":
        raise Missing("")


def _hold_call(task: Task, now: datetime) -> None:
    """Let no result be published and no stage be closed between here and the commit: a sheet is sealed before it, or
    not at all."""
    hold_call(task.call_id, task.deadline_at, task.grace_seconds, now)
    stage_state = db.session.scalars(select(Stage.state).where(Stage.id == task.stage_id)).one()
    if stage_state == "planned" or (stage_state in STAGE_OVER and not task.reopened_by_organizers):
        raise _closed()


def hold_call(call_id: UUID, deadline_at: datetime | None, grace_seconds: int, now: datetime) -> None:
    """Lock the call against publishing and closing; refuse where scores are not taken.

    Raises
    ------
    IllegalMove
        When the call's state or deadline takes no scores.
    """
    state = db.session.scalars(select(Call.state).where(Call.id == call_id).with_for_update(read=True)).one()
    if not scoring_open(state, deadline_at, grace_seconds, now):
        raise _closed()


def _check_open(task: Task, now: datetime) -> None:
    if task.gone:
        raise IllegalMove(_("The team has withdrawn this entry. There is nothing left to score."))
    if task.stage_over:
        raise IllegalMove(_("This stage was closed: it takes no more scores."))
    if task.stage_state == "planned":
        raise IllegalMove(_("This stage is not open yet: it takes no scores so far."))
    if not task.scoring_open(now):
        raise _closed()
    if task.submitted:
        raise IllegalMove(_("You have submitted these scores and they are locked. Ask the organizer to reopen them."))


def _closed() -> IllegalMove:
    return IllegalMove(_("Scores are taken after the entries have closed and until the results are published."))


def _rubric_of(task: Task, marks: Marks) -> RubricView:
    """The version that the sheet is under; a new sheet starts under the one that its page showed."""
    if task.sheet_id is not None and marks.rubric_id != task.rubric_version_id:
        raise RuleBroken(_("The rubric changed while you were scoring. Reload the page and confirm the new one."))
    rubric = rubric_view(marks.rubric_id)
    if rubric.stage_id != task.stage_id or len(rubric.criteria) != len(marks.scores):
        raise Missing("")
    return rubric


def scale_errors(marks: Marks, rubric: RubricView) -> dict[str, str]:
    """``{field name: message}`` for each score off its criterion's scale and each comment that is too long."""
    too_long = _("Please shorten this comment to %(most)s characters.", most=COMMENT_MOST)
    errors: dict[str, str] = {}
    for value, comment, criterion in zip(marks.scores, marks.comments, rubric.criteria, strict=True):
        if value is not None and not fits(value, criterion):
            errors[f"score-{criterion.key}"] = _(
                "Give %(lo)s to %(hi)s points in steps of %(step)s.", lo=points_text(criterion.lo),
                hi=points_text(criterion.hi), step=points_text(criterion.step),
            )
        if len(comment) > COMMENT_MOST:
            errors[f"comment-{criterion.key}"] = too_long
    if len(marks.overall) > COMMENT_MOST:
        errors["overall"] = too_long
    return errors


def _check_complete(task: Task, marks: Marks) -> None:
    rubric = rubric_view(marks.rubric_id)
    for value, criterion in zip(marks.scores, rubric.criteria, strict=True):
        if value is None:
            raise RuleBroken(_("Score every criterion before you submit."), field=f"score-{criterion.key}")
    if not marks.overall:
        raise RuleBroken(_("Write an overall comment: the team reads it, without your name."), field="overall")
    if marks.rubric_id != task.current_rubric_id:
        raise RuleBroken(_("The rubric has a new version. Look at what changed and confirm it, then submit."))
    if task.entry_changed:
        raise RuleBroken(_("The team sent a new version of this entry. Read it and confirm, then submit."))


def _stale(task: Task, marks: Marks) -> StaleVersion:
    db.session.expire_all()
    row = db.session.execute(
        select(ScoreSheet.scores, ScoreSheet.comments, ScoreSheet.overall, ScoreSheet.version)
        .where(ScoreSheet.assignment_id == task.id)
    ).one_or_none()
    mine = {"scores": list(marks.scores), "comments": list(marks.comments), "overall": marks.overall}
    theirs: dict[str, Any] = {}
    if row is not None:
        theirs = {"scores": unpack(row.scores), "comments": list(row.comments), "overall": row.overall}
    return StaleVersion(
        _("These scores were saved in another window in the meantime."), mine=mine, theirs=theirs,
        version=row.version if row is not None else 0,
    )


def _set_progress(task: Task, progress: str) -> None:
    db.session.execute(update(Assignment).where(Assignment.id == task.id).values(progress=progress))
    recount([task.seat_id])


def submit_ready(*, tasks: Sequence[Task], actor: Actor, now: datetime) -> int:
    """Submit every complete draft among the tasks; returns how many. Incomplete ones stay as they are."""
    count = 0
    for task in tasks:
        if is_ready(task, now):
            _submit(task=task, marks=_stored(task), seen_version=task.seen_version, actor=actor, now=now)
            count += 1
    return count


def is_ready(task: Task, now: datetime) -> bool:
    """Whether a draft has all its scores and an overall comment, on the newest rubric and version of the entry."""
    marks = _stored(task)
    complete = None not in marks.scores and bool(marks.overall)
    return complete and not task.rubric_changed and not task.entry_changed and task.scoring_open(now)


def _stored(task: Task) -> Marks:
    return Marks(task.sheet_rubric_id, tuple(task.values()), tuple(task.comments or ()), task.overall or "")
