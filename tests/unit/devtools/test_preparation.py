"""When a start may leave preparation out."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from devtools.preparation import OUTSIDE, Preparation

ENV = {"PUBLIC_URL": "http://127.0.0.1:8000"}


@pytest.fixture(autouse=True)
def own_services(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OUTSIDE:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a database at some migration, storage, and the record of a preparation."""
    (tmp_path / "s3").mkdir()
    at(tmp_path, "0001")
    Preparation(tmp_path, ENV, demo=True).record()
    return tmp_path


def at(data: Path, version: str) -> None:
    (data / "opencall.sqlite").unlink(missing_ok=True)
    with closing(sqlite3.connect(data / "opencall.sqlite")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", [version])
        connection.commit()


def test_a_prepared_folder_is_not_prepared_again(data: Path) -> None:
    assert Preparation(data, ENV, demo=True).done


def test_a_new_folder_is_prepared(tmp_path: Path) -> None:
    assert not Preparation(tmp_path, ENV, demo=True).done


def test_other_settings_are_prepared_for(data: Path) -> None:
    assert not Preparation(data, {"PUBLIC_URL": "http://127.0.0.1:9000"}, demo=True).done  # uploads come from there
    assert not Preparation(data, ENV, demo=False).done


def test_another_database_is_brought_to_the_newest_schema(data: Path) -> None:
    at(data, "0000")
    assert not Preparation(data, ENV, demo=True).done


@pytest.mark.parametrize("lost", ["opencall.sqlite", "s3"])
def test_a_lost_part_is_prepared_again(data: Path, lost: str) -> None:
    path = data / lost
    path.rmdir() if path.is_dir() else path.unlink()
    assert not Preparation(data, ENV, demo=True).done


def test_new_migrations_are_applied(data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("devtools.preparation.ROOT", tmp_path)
    assert not Preparation(data, ENV, demo=True).done


@pytest.mark.parametrize("name", OUTSIDE)
def test_services_of_others_are_prepared_at_every_start(data: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "elsewhere")
    assert not Preparation(data, ENV, demo=True).done


@pytest.mark.parametrize("content", [b"", b'{"migr', b"\xff\xfe"])
def test_a_record_that_was_cut_short_counts_as_none(data: Path, content: bytes) -> None:
    (data / "prepared.json").write_bytes(content)
    assert not Preparation(data, ENV, demo=True).done
