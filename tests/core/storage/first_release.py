"""A metadata database as the first release had it, before there were migrations."""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from core.database.migrations.versions.v0001_first_release import tables as first_release


def take_back(connection: Connection) -> None:
    """Drop the tables and columns that have come since, and the record of which there are."""
    cascade = " cascade" if connection.dialect.name == "postgresql" else ""
    # Those that refer to others go before them: SQLite looks for the others as it drops a table.
    for name, _ in reversed(inspect(connection).get_sorted_table_and_fkc_names()):
        if name and name not in first_release.tables:
            connection.exec_driver_sql(f"drop table {name}{cascade}")
    for name, table in first_release.tables.items():
        later = {column["name"] for column in inspect(connection).get_columns(name)} - set(table.c.keys())
        for column in later:
            connection.exec_driver_sql(f"alter table {name} drop column {column}")
