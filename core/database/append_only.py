"""Tables that are only ever added to: the database itself refuses to change or delete a row of them.

The triggers are made when a database is opened, and again where they are missing: a migration of SQLite
copies a table without its triggers.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, text

from core.database.tables import metadata

MARK = "append_only"
_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS {table}_no_update BEFORE UPDATE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS {table}_no_delete BEFORE DELETE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    # INSERT OR REPLACE deletes a row without asking the trigger above.
    "CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
    "WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
)
_POSTGRES = (
    "CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
    "CREATE OR REPLACE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    "CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
)
_IS_THERE = {
    "sqlite": "select count(*) from sqlite_master where type = 'trigger' and tbl_name = :table",
    "postgresql": "select count(*) from pg_trigger where tgrelid = to_regclass(:table) and not tgisinternal",
}
#: How many triggers a table has then.
_TRIGGERS = {"sqlite": 3, "postgresql": 2}


def append_only(table: Table) -> Table:
    """Return a table whose rows are never changed or deleted."""
    table.info[MARK] = True
    return table


def protect(connection: Connection) -> None:
    """Make the triggers that are missing, within a transaction that has made the tables."""
    dialect = connection.dialect.name
    for table in metadata.sorted_tables:
        if not table.info.get(MARK):
            continue
        there = connection.scalar(text(_IS_THERE[dialect]), {"table": table.name})
        if there == _TRIGGERS[dialect]:
            continue
        for statement in _SQLITE if dialect == "sqlite" else _POSTGRES:
            connection.exec_driver_sql(statement.format(table=table.name))
