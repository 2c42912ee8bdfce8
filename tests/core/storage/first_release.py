"""A metadata database as the first release had it, before there were migrations."""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from core.database.migrations.versions.v0001_first_release import tables as first_release


def take_back(connection: Connection) -> None:
    """Drop the tables and columns that have come since, and the record of which there are."""
    # On SQLite, those that refer to others go in any order.
    cascade = " cascade" if connection.dialect.name == "postgresql" else ""
    for table in set(inspect(connection).get_table_names()) - set(first_release.tables):
        connection.exec_driver_sql(f"drop table {table}{cascade}")
    for name, table in first_release.tables.items():
        later = {column["name"] for column in inspect(connection).get_columns(name)} - set(table.c.keys())
        for column in later:
            connection.exec_driver_sql(f"alter table {name} drop column {column}")
