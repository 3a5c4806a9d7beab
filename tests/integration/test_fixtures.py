"""The fixtures themselves: what one test leaves behind, the next must not see."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import text

from competition.config import Settings
from competition.extensions import db


def test_each_engine_is_migrated_and_named(app: Flask, engine_name: str) -> None:
    assert db.engine.dialect.name == engine_name
    tables = db.session.execute(text("SELECT count(*) FROM alembic_version")).scalar_one()
    assert tables == 1


def test_the_site_answers(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200


def test_s3_and_redis_are_empty_and_ours(app: Flask, settings: Settings, redis: Redis, s3: Any) -> None:
    assert redis.dbsize() == 0
    s3.put_object(Bucket=settings.s3_bucket, Key="a", Body=b"x")
    assert s3.get_object(Bucket=settings.s3_bucket, Key="a")["Body"].read() == b"x"
