"""The metadata database gets from any earlier schema to today's: once, with everything that was in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from core.base.errors import StorageError
from core.database import open_database, opening
from core.database.migrating import current_revision, known_revisions, migrate
from core.database.opening import bare_engine
from tests import earlier_version as earlier
from tests.conftest import ROOT
from tests.migrated import migrate_by_script
from tools.new_migration import all_tables

LATEST = known_revisions()[-1]


@pytest.fixture(autouse=True)
def real_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "migrate", migrate)


def differences(engine: Engine) -> list:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, all_tables())


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return current_revision(connection)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'predictor.sqlite'}"
    made: str = request.getfixturevalue("postgres_url")
    return made.replace("postgresql://", "postgresql+psycopg://")


def test_what_the_migrations_make_is_what_the_code_has(url: str) -> None:
    engine = open_database(url)
    assert differences(engine) == []
    assert revision(engine) == LATEST
    engine.dispose()


def test_the_script_tests_begin_with_makes_what_the_migrations_make(tmp_path: Path) -> None:
    made = []
    for name, way in (("migrations", migrate), ("script", migrate_by_script)):
        engine = bare_engine(f"sqlite:///{tmp_path / name}.sqlite")
        with engine.begin() as connection:
            way(connection)
        with engine.connect() as connection:
            made.append(sorted(connection.connection.dbapi_connection.iterdump()))
        engine.dispose()
    assert made[0] == made[1]


def test_a_database_of_the_version_before_keeps_what_is_in_it(url: str) -> None:
    engine = bare_engine(url)
    with engine.begin() as connection:
        migrate(connection, known_revisions()[-2])
        connection.execute(text("insert into meta values ('demo', 'deleted')"))
    engine.dispose()
    engine = open_database(url)
    assert differences(engine) == []
    with engine.connect() as connection:
        assert connection.scalar(text("select value from meta where key = 'demo'")) == "deleted"
    engine.dispose()


def test_a_database_from_before_migrations_is_completed(tmp_path: Path) -> None:
    """Tables were made where they were missing, and given the columns that had come since."""
    engine = bare_engine(earlier.restore(tmp_path).metadata_url)
    with engine.begin() as connection:
        assert current_revision(connection) is None
        assert "basis" not in {column["name"] for column in inspect(connection).get_columns("results")}
        connection.execute(text("drop table scenarios"))
        before = connection.scalar(text("select count(*) from results"))
        migrate(connection)
        assert connection.scalar(text("select count(*) from results where basis is null")) == before > 0
    assert differences(engine) == []
    engine.dispose()


def test_processes_that_start_at_once_migrate_once(url: str) -> None:
    program = f"from core.database import open_database; open_database({url!r})"
    started = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)
    ]
    errors = [process.communicate()[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], errors
    engine = bare_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("select version_num from alembic_version")).all() == [(LATEST,)]
    engine.dispose()


def test_a_database_that_stands_at_the_latest_is_opened_without_alembic(url: str) -> None:
    open_database(url).dispose()
    program = (
        f"import sys; from core.database import open_database; open_database({url!r}); "
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_a_database_of_a_newer_program_is_refused_and_left_alone(url: str) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StorageError, match="schema 9999"):
        open_database(url)
    assert revision(engine) == "9999"
    assert inspect(engine).has_table("results")
    engine.dispose()
