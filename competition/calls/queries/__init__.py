"""Reads of programmes and calls that other slices stand on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, Uuid, bindparam, case, literal, select
from sqlalchemy.orm import joinedload

from competition.calls.lifecycle import SCORED_STAGES
from competition.calls.models import Call, Criterion, Organizer, Programme, RubricVersion, Stage
from competition.calls.roles import POWERS
from competition.extensions import db
from competition.kernel.web.access import Actor, Permission


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One line of a rubric; ``lo``, ``hi`` and ``step`` in hundredths of a point."""

    key: str
    label: dict[str, str]
    guidance: dict[str, str]
    weight: int
    lo: int
    hi: int
    step: int
    gate: bool
    floor_percent: int | None


@dataclass(frozen=True, slots=True)
class RubricView:
    """A rubric version as pages and computations read it, criteria in rubric order."""

    id: UUID
    stage_id: UUID
    number: int
    name: dict[str, str]
    criteria: tuple[CriterionView, ...]

    @property
    def weight_total(self) -> int:
        return sum(criterion.weight for criterion in self.criteria)


def organizer_programme(actor: Actor, programme_code: str) -> Programme | None:
    """A programme, for those who have a role in it."""
    query = select(Programme).join(Organizer, Organizer.programme_id == Programme.id)
    return db.session.scalar(
        query.where(Programme.code == programme_code, Organizer.user_id == actor.user_id)
    )


def programme_or_first(permission: Permission) -> Callable[..., Programme | None]:
    """A loader of the programme with a code; without one, of the newest in which the actor has the permission."""

    def load(actor: Actor, programme_code: str | None = None) -> Programme | None:
        if programme_code is not None:
            return organizer_programme(actor, programme_code)
        query = (
            select(Programme).join(Organizer, Organizer.programme_id == Programme.id)
            .where(Organizer.user_id == actor.user_id, Organizer.role.in_(sorted(POWERS[permission])))
            .order_by(Programme.created_at.desc(), Programme.id)
        )
        return db.session.scalars(query.limit(1)).first()

    return load


def organizer_call(actor: Actor, call_code: str) -> Call | None:
    """A call with its programme, for those who have a role in it: the loader of every organizer page."""
    return db.session.scalar(_ORGANIZED, {"code": call_code, "user": actor.user_id})


# Built once: every organizer's page asks it.
_ORGANIZED = (
    select(Call).options(joinedload(Call.programme))
    .join(Organizer, Organizer.programme_id == Call.programme_id)
    .where(Call.code == bindparam("code"), Organizer.user_id == bindparam("user", type_=Uuid))
)


def phase_sql(now: datetime | ColumnElement[datetime]) -> ColumnElement[str]:
    """:func:`competition.calls.lifecycle.phase` as an expression, for filters and counts.

    ``now`` may be a parameter that is bound when the statement runs.
    """
    return case(
        (Call.state != "published", Call.state),
        (Call.opens_at > now, literal("upcoming", String)),
        (Call.deadline_at < now, literal("closed", String)),
        else_=literal("open", String),
    )


def stages(call_id: UUID) -> list[Stage]:
    """Every stage of a call, in order."""
    return list(db.session.scalars(select(Stage).where(Stage.call_id == call_id).order_by(Stage.position)))


def deciding_stage(call_id: UUID) -> Stage:
    """The stage whose scores decide: the last one that is scored."""
    return db.session.scalars(
        select(Stage).where(Stage.call_id == call_id, Stage.kind.in_(SCORED_STAGES))
        .order_by(Stage.position.desc()).limit(1)
    ).one()


def current_stage(call_id: UUID) -> Stage:
    """The scored stage that pages of the panel show: the first that is not closed yet, else the deciding one."""
    return db.session.scalars(
        select(Stage).where(Stage.call_id == call_id, Stage.kind.in_(SCORED_STAGES))
        .order_by(
            (Stage.state == "closed").asc(),
            case((Stage.state == "closed", -Stage.position), else_=Stage.position),
        ).limit(1)
    ).one()


def scored_stage(call_id: UUID, position: int | None) -> Stage | None:
    """The scored stage at a position among the stages of a call; None where there is none."""
    return db.session.scalar(select(Stage).where(
        Stage.call_id == call_id, Stage.position == position, Stage.kind.in_(SCORED_STAGES)
    ))


def current_rubric(stage_id: UUID) -> RubricView:
    """The newest rubric version of a stage."""
    version = db.session.scalars(
        select(RubricVersion).where(RubricVersion.stage_id == stage_id)
        .order_by(RubricVersion.number.desc()).limit(1)
    ).one()
    return _view(version)


def rubric(version_id: UUID) -> RubricView:
    return _view(db.session.get_one(RubricVersion, version_id))


def _view(version: RubricVersion) -> RubricView:
    query = (
        select(Criterion).where(Criterion.rubric_version_id == version.id).order_by(Criterion.position)
    )
    criteria = tuple(
        CriterionView(c.key, c.label, c.guidance, c.weight, c.lo, c.hi, c.step, c.gate, c.floor_percent)
        for c in db.session.scalars(query)
    )
    return RubricView(version.id, version.stage_id, version.number, version.name, criteria)
