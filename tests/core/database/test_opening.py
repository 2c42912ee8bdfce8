"""The metadata database, once it is open: what goes wrong with a statement, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.base.errors import SchemaError
from core.database.opening import bare_engine


def test_an_error_of_a_statement_quotes_nothing_that_was_in_it(tmp_path: Path) -> None:
    """It goes to the log, where a schedule's secret or somebody's address would stay."""
    engine = bare_engine(f"sqlite:///{tmp_path / 'one.sqlite'}")
    with engine.connect() as connection, pytest.raises(SQLAlchemyError) as raised:
        connection.execute(text("SELECT * FROM nothing WHERE secret = :secret"), {"secret": "whsec_1234"})
    engine.dispose()
    assert "nothing" in str(raised.value)
    assert "whsec" not in str(raised.value)


def test_a_text_postgresql_cannot_hold_is_refused_in_words(migrated_postgres_url: str) -> None:
    engine = bare_engine(migrated_postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        for statement in ("SELECT 1 FROM results WHERE id = :id", "UPDATE results SET message = :id"):
            with pytest.raises(SchemaError, match="U\\+0000") as raised:
                connection.execute(text(statement), {"id": "a\0b"})
            assert raised.value.status == 400
            connection.rollback()
    engine.dispose()
