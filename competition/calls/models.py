"""Tables of programmes, calls and rubrics. A rule that differs between calls is a column of the call."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
    event,
    false,
)
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column, relationship

from competition.calls.lifecycle import STAGE, STATES
from competition.extensions import Model
from competition.kernel.data.columns import At, Code, Document, Id, Instant, Json, Texts

MEGABYTE = 10**6


def _of_section(key: str, **info: Any) -> Callable[..., MappedColumn[Any]]:
    """``mapped_column`` for a column that the section ``key`` of an editor shows and saves.

    The column needs no other entry: :data:`competition.calls.sections.SECTIONS` finds it by this mark.
    """
    return partial(mapped_column, info={"section": key, **info})


def _date(movable_until: str, **options: Any) -> MappedColumn[Any]:
    """A date of a call; in a published call it can still move up to and including the phase ``movable_until``."""
    return _of_section("dates", movable_until=movable_until)(Instant, **options)


def section_columns(model: type[Model], key: str) -> tuple[str, ...]:
    """The columns that a section shows and saves, in the order of the table."""
    return tuple(column.key for column in model.__table__.columns if column.info.get("section") == key)


_setting = _of_section("programme")
_text, _fact, _rule = _of_section("texts"), _of_section("facts"), _of_section("rules")


class Programme(Model):
    """A district's programme: one budget, one zone, its languages, many calls."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("budget_minor >= 0", name="budget"),
        CheckConstraint("starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at", name="dates"),
        CheckConstraint("team_cap IS NULL OR team_cap >= 1", name="team_cap"),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Texts] = _setting()
    summary: Mapped[Texts] = _setting()
    currency: Mapped[str] = _setting(String(3), default="CNY")
    budget_minor: Mapped[int] = _setting(BigInteger)
    team_cap: Mapped[int | None] = _setting(Integer)  # awards per team in the programme
    zone: Mapped[str] = _setting(String(60), default="Asia/Shanghai")
    languages: Mapped[list[str]] = _setting(Json)
    themes: Mapped[dict[str, dict[str, str]]] = _setting(Json)  # key → language → label
    starts_at: Mapped[datetime | None] = _setting(Instant)
    ends_at: Mapped[datetime | None] = _setting(Instant)
    created_at: Mapped[At]
    version: Mapped[int] = mapped_column(Integer, default=1)


class Organizer(Model):
    """A person's role in a programme; what each role may do: :data:`competition.calls.roles.POWERS`."""

    __tablename__ = "organizer"
    __table_args__ = (CheckConstraint("role IN ('lead', 'organizer', 'desk', 'observer')", name="role"),)

    programme_id: Mapped[UUID] = mapped_column(ForeignKey(Programme.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(10), default="organizer")
    since: Mapped[At]


class Call(Model):
    """A scenario call. ``open`` is derived from state and dates; no job opens or closes it.

    ``details`` holds the long texts as ``{field: {language: Markdown}}``; its fields are listed in
    :data:`competition.calls.vocabulary.DETAILS`. ``kpis`` is a list of
    ``{key, name: {language: text}, unit, baseline, target, direction, method}``.
    """

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),  # Python writes a tuple as SQL writes a list
        CheckConstraint("slots >= 0", name="slots"),
        CheckConstraint("budget_minor >= 0", name="budget"),
        CheckConstraint("award_cap_minor IS NULL OR award_cap_minor >= 0", name="award_cap"),
        CheckConstraint("opens_at IS NULL OR deadline_at IS NULL OR opens_at < deadline_at", name="dates"),
        CheckConstraint("quorum >= 1", name="quorum"),
        CheckConstraint("trim_from >= 3", name="trim_from"),
        CheckConstraint("pass_mark IS NULL OR (pass_mark >= 0 AND pass_mark <= 100)", name="pass_mark"),
        CheckConstraint("method IN ('mean', 'trimmed', 'median')", name="method"),
        CheckConstraint("grace_seconds >= 0", name="grace"),
        CheckConstraint("reviews_per_entry >= 1", name="reviews"),
        CheckConstraint("min_trl IS NULL OR (min_trl >= 1 AND min_trl <= 9)", name="min_trl"),
        CheckConstraint("pilot_days IS NULL OR pilot_days >= 1", name="pilot_days"),
        CheckConstraint("notice_working_days >= 0", name="notice_days"),
        CheckConstraint("answer_days >= 1", name="answer_days"),
        CheckConstraint("floor_percent >= 0 AND floor_percent <= 100", name="floor"),
        CheckConstraint("band_percent >= 1 AND band_percent <= 99", name="band"),
    )

    id: Mapped[Id]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey(Programme.id), index=True)
    code: Mapped[Code] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(String(12), default="draft", index=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    theme: Mapped[str] = _fact(String(40), default="")
    title: Mapped[Texts] = _text()
    summary: Mapped[Texts] = _text()
    owner: Mapped[Texts] = _text()
    organiser: Mapped[Texts] = _text()
    contact: Mapped[str] = _fact(String(320), default="")
    details: Mapped[Document] = _text()
    kpis: Mapped[list[dict[str, Any]]] = _of_section("kpis")(Json)
    min_trl: Mapped[int | None] = _fact(Integer)
    slots: Mapped[int] = _fact(Integer, default=1)
    budget_minor: Mapped[int] = _fact(BigInteger, default=0)
    award_cap_minor: Mapped[int | None] = _fact(BigInteger)

    created_at: Mapped[At]
    search: Mapped[str] = mapped_column(Text, default="", server_default="")  # kept by _keep_search
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    entries_opened_at: Mapped[datetime | None] = mapped_column(Instant)  # NULL: entries are sealed
    entries_opened_by: Mapped[UUID | None]
    opens_at: Mapped[datetime | None] = _date("upcoming")
    visit_at: Mapped[datetime | None] = _date("open")
    questions_close_at: Mapped[datetime | None] = _date("open")
    deadline_at: Mapped[datetime | None] = _date("closed", index=True)
    # Unused since stages have dates of their own; the release after the next drops both.
    shortlist_at: Mapped[datetime | None] = mapped_column(Instant)
    defence_at: Mapped[datetime | None] = mapped_column(Instant)
    notice_at: Mapped[datetime | None] = _date("judging")
    pilot_at: Mapped[datetime | None] = _date("notice")
    pilot_days: Mapped[int | None] = _of_section("dates", movable_until="piloting")(Integer)

    # Rules, with the defaults that most calls of districts use.
    grace_seconds: Mapped[int] = _rule(Integer, default=60)
    open_calls_per_team: Mapped[int] = _rule(Integer, default=3)
    partners_max: Mapped[int] = _rule(Integer, default=4)
    resubmit: Mapped[bool] = _rule(Boolean, default=True)
    blind: Mapped[bool] = _rule(Boolean, default=True)
    judge_names_public: Mapped[bool] = _rule(Boolean, default=False)
    panel_min: Mapped[int] = _rule(Integer, default=5)
    reviews_per_entry: Mapped[int] = _rule(Integer, default=5)
    quorum: Mapped[int] = _rule(Integer, default=3)
    method: Mapped[str] = _rule(String(10), default="trimmed")
    trim_from: Mapped[int] = _rule(Integer, default=5)
    pass_mark: Mapped[int | None] = _rule(Integer().evaluates_none(), default=70)  # NULL: no pass mark
    floor_percent: Mapped[int] = _rule(Integer, default=60)
    group_by: Mapped[str] = _rule(String(40), default="", server_default="")  # see vocabulary.GROUPINGS
    band_percent: Mapped[int] = _rule(Integer, default=90, server_default="90")
    lottery: Mapped[bool] = _rule(Boolean, default=False, server_default=false())
    # The eligibility check: [{key, label: {language: text}}], and how long a team has to answer or object.
    checklist: Mapped[list[dict[str, Any]]] = _of_section("checklist")(Json, default=list)
    answer_days: Mapped[int] = _of_section("checklist")(Integer, default=5)
    tie_break: Mapped[list[str]] = _of_section("criteria")(Json, default=list)  # criterion keys, then the general rules
    notice_working_days: Mapped[int] = _rule(Integer, default=5)
    file_max_bytes: Mapped[int] = _rule(BigInteger, default=200 * MEGABYTE)
    entry_max_bytes: Mapped[int] = _rule(BigInteger, default=1000 * MEGABYTE)
    entry_max_files: Mapped[int] = _rule(Integer, default=10)

    programme: Mapped[Programme] = relationship()


# Columns that a copy of a call takes over: those of all sections, without the dates.
COPIED = tuple(
    column.key for column in Call.__table__.columns if "section" in column.info and not isinstance(column.type, Instant)
)


def folded(text: str) -> str:
    """Text prepared for searching: NFKC-normalized and case-folded."""
    return unicodedata.normalize("NFKC", text).casefold()


@event.listens_for(Call, "before_insert")
@event.listens_for(Call, "before_update")
def _keep_search(_mapper: Any, _connection: Any, call: Call) -> None:
    """Store the text that the public search reads: code, title, summary and owner in every language."""
    texts = [call.code, *(text for field in (call.title, call.summary, call.owner) for text in (field or {}).values())]
    call.search = folded("\n".join(texts))


class CallChange(Model):
    """One line of a call's public change log."""

    __tablename__ = "call_change"

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id, ondelete="CASCADE"), index=True)
    at: Mapped[At]
    actor_id: Mapped[UUID | None]
    summary: Mapped[Texts]
    fields: Mapped[list[str]] = mapped_column(Json)


class CallDocument(Model):
    """A file that a call offers for download."""

    __tablename__ = "call_document"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'ready', 'rejected')", name="state"),
        CheckConstraint("size > 0", name="size"),
    )

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id, ondelete="CASCADE"), index=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))  # as the browser says while pending, as computed once ready
    key: Mapped[str] = mapped_column(String(200))
    upload_id: Mapped[str | None] = mapped_column(String(300))  # until every byte has arrived
    part_size: Mapped[int] = mapped_column(Integer, default=8 * 1024 * 1024)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    reason: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[At]


class Question(Model):
    """A question that this call adds to the entry form."""

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("call_id", "key"),
        CheckConstraint("kind IN ('text', 'long_text', 'choice', 'yes_no', 'number')", name="kind"),
    )

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id, ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    key: Mapped[Code]
    label: Mapped[Texts]
    help: Mapped[Texts]
    kind: Mapped[str] = mapped_column(String(10), default="long_text")
    choices: Mapped[list[dict[str, Any]]] = mapped_column(Json)  # [{key, label: {language: text}}]
    required: Mapped[bool] = mapped_column(Boolean, default=True)
    max_length: Mapped[int] = mapped_column(Integer, default=2000)


# The columns of a question that an organizer writes.
QUESTION_COLUMNS = tuple(
    column.key for column in Question.__table__.columns if column.key not in {"id", "call_id", "position"}
)


class Stage(Model):
    """A round of review of one call. A call has at least one that is scored.

    Stages follow each other by ``position``. Opening and closing one are acts, kept in ``state``; ``opens_at``
    and ``due_at`` are what the organizers announced. Where ``quorum``, ``reviews`` or ``panel_min`` is null,
    :mod:`competition.calls.stages` says which number holds.

    ``carry`` says how the official total of the scored stage before enters this one's: ``nothing``, ``sum`` (both
    on 0-100, so that the sum is on 0-200), or ``weighted`` with ``carry_percent`` of the earlier one.

    ``advance`` says which entries go on to the next stage: the ``top`` ``advance_top``, all with at least
    ``advance_mark`` points (``mark``), or those that the organizers choose with reasons (``decision``).
    ``closing_reason`` is published: why the stage closed although sheets were missing.
    """

    __tablename__ = "stage"
    __table_args__ = (
        UniqueConstraint("call_id", "position"),
        CheckConstraint("kind IN ('eligibility', 'desk_review', 'defence')", name="kind"),
        CheckConstraint(f"state IN {STAGE.states}", name="state"),
        CheckConstraint("quorum IS NULL OR quorum >= 1", name="quorum"),
        CheckConstraint("reviews IS NULL OR reviews >= 1", name="reviews"),
        CheckConstraint("carry IN ('nothing', 'sum', 'weighted')", name="carry"),
        CheckConstraint(
            "carry_percent IS NULL OR (carry_percent >= 1 AND carry_percent <= 99)", name="carry_percent"
        ),
        CheckConstraint("advance IN ('top', 'mark', 'decision')", name="advance"),
        CheckConstraint("advance_top IS NULL OR advance_top >= 1", name="advance_top"),
        CheckConstraint("advance_mark IS NULL OR (advance_mark >= 0 AND advance_mark <= 100)", name="advance_mark"),
    )

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(Call.id, ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer, default=1)
    kind: Mapped[str] = mapped_column(String(12), default="desk_review")
    state: Mapped[str] = mapped_column(String(10), default="planned")
    opens_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[UUID | None]
    closing_reason: Mapped[dict[str, str] | None] = mapped_column(Json)
    quorum: Mapped[int | None] = mapped_column(Integer)
    reviews: Mapped[int | None] = mapped_column(Integer)
    panel_min: Mapped[int | None] = mapped_column(Integer)
    carry: Mapped[str] = mapped_column(String(10), default="nothing")
    carry_percent: Mapped[int | None] = mapped_column(Integer)
    advance: Mapped[str] = mapped_column(String(10), default="decision")
    advance_top: Mapped[int | None] = mapped_column(Integer)
    advance_mark: Mapped[int | None] = mapped_column(Integer)
    deliberation: Mapped[bool] = mapped_column(Boolean, default=False)


class RubricVersion(Model):
    """One version of a stage's rubric. It never changes once a score refers to it."""

    __tablename__ = "rubric_version"
    __table_args__ = (UniqueConstraint("stage_id", "number"),)

    id: Mapped[Id]
    stage_id: Mapped[UUID] = mapped_column(ForeignKey(Stage.id, ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[Texts]
    created_at: Mapped[At]

    criteria: Mapped[list[Criterion]] = relationship(order_by="Criterion.position")


class Criterion(Model):
    """One weighted line of a rubric. ``lo``, ``hi`` and ``step`` are hundredths of a point."""

    __tablename__ = "criterion"
    __table_args__ = (
        UniqueConstraint("rubric_version_id", "key"),
        UniqueConstraint("rubric_version_id", "position"),
        CheckConstraint("weight > 0", name="weight"),
        CheckConstraint("lo < hi", name="range"),
        CheckConstraint("step > 0", name="step"),
        CheckConstraint("floor_percent IS NULL OR (floor_percent >= 0 AND floor_percent <= 100)", name="floor"),
    )

    id: Mapped[Id]
    rubric_version_id: Mapped[UUID] = mapped_column(ForeignKey(RubricVersion.id, ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    key: Mapped[Code]
    label: Mapped[Texts]
    guidance: Mapped[Texts]
    weight: Mapped[int] = mapped_column(Integer)
    lo: Mapped[int] = mapped_column(Integer, default=0)
    hi: Mapped[int] = mapped_column(Integer, default=1000)
    step: Mapped[int] = mapped_column(Integer, default=50)
    gate: Mapped[bool] = mapped_column(Boolean, default=False)
    floor_percent: Mapped[int | None] = mapped_column(Integer)
