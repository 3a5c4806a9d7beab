"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, String, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from competition.kernel.data.ids import new_id


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite keeps no zone, so it is dropped going in and put back coming out.

    Raises
    ------
    ValueError
        For a naive datetime: nobody knows which instant that is.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

Id = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
At = Annotated[datetime, mapped_column(Instant)]
Texts = Annotated[dict[str, str], mapped_column(Json)]  # language → text
Document = Annotated[dict[str, Any], mapped_column(Json)]
Code = Annotated[str, mapped_column(String(32))]
Label = Annotated[str, mapped_column(String(200))]
Sha256 = Annotated[str, mapped_column(String(64))]
