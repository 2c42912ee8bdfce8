"""The schema of the first release; whatever an earlier program made is completed to it.

Until then tables were made where they were missing and given the columns that had come since, so that a
database without a recorded version has any of them. It is brought to this schema in the same way.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

revision = "0001"
down_revision = None

UNFINISHED = sa.text("state in ('queued', 'running')")
tables = sa.MetaData()


def json(*, nullable: bool = False) -> dict[str, Any]:
    """Return the type of a column of JSON, which is null in the database where it is None."""
    return {"type_": sa.JSON(none_as_null=True) if nullable else sa.JSON(), "nullable": nullable}


def job_columns() -> list[sa.Column[Any]]:
    """Return what every job had."""
    return [
        sa.Column("state", sa.String, nullable=False),
        sa.Column("step", sa.String, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("error", **json(nullable=True)),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("cancel", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("started_at", sa.DateTime),
        sa.Column("who", sa.String, nullable=False, server_default=""),
        sa.Column("lane", sa.String, nullable=False, server_default=""),
        sa.Column("turn", sa.Integer, nullable=False, server_default="1"),
        sa.Column("cost", sa.Float, nullable=False, server_default="60"),
    ]


sa.Table("meta", tables, sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String))
sa.Table(
    "datasets",
    tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("filename", sa.String, nullable=False),
    sa.Column("stored_as", sa.String, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    sa.Column("recognition", **json()),
    sa.Column("mapping", **json(nullable=True)),
    sa.Column("report", **json(nullable=True)),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("files", **json(nullable=True)),
    sa.Column("made_of", sa.String),
    sa.Column("source", **json(nullable=True)),
    sa.Column("recipe", sa.String),
    sa.Index("datasets_by_time", "created_at"),
    sa.Index("datasets_by_making", "made_of", unique=True),
)
sa.Table(
    "results",
    tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("dataset_id", sa.String, sa.ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    sa.Column("bundle", sa.String, nullable=False),
    *job_columns(),
    sa.Column("n_sessions", sa.BigInteger),
    sa.Column("currency", sa.String),
    sa.Column("has_outcomes", sa.Boolean, nullable=False),
    sa.Column("has_revenue", sa.Boolean, nullable=False),
    sa.Column("notes", **json()),
    sa.Column("recorded", **json(nullable=True)),
    sa.Column("basis", **json(nullable=True)),
    sa.Index("results_by_dataset", "dataset_id", "created_at"),
    sa.Index("results_by_time", "created_at"),
)
sa.Table(
    "trainings",
    tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("dataset_id", sa.String, nullable=False),
    sa.Column("dataset_name", sa.String, nullable=False),
    sa.Column("bundle", sa.String, nullable=False),
    sa.Column("options", **json()),
    *job_columns(),
    sa.Column("comparison", **json(nullable=True)),
    sa.Index("trainings_by_time", "created_at"),
    sa.Index(
        "trainings_by_name", "bundle", unique=True, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    ),
    sa.Index("trainings_by_dataset", "dataset_id", "created_at"),
)
sa.Table(
    "audiences",
    tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("definition", **json()),
    sa.Column("result_id", sa.String, nullable=False),
    sa.Column("result_name", sa.String, nullable=False),
    sa.Column("bundle", sa.String, nullable=False),
    sa.Column("currency", sa.String),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    sa.Column("figures", **json()),
    sa.Column("who", sa.String, nullable=False, server_default=""),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Index("audiences_by_time", "created_at"),
    sa.Index("audiences_by_result", "result_id", "created_at"),
)
sa.Table(
    "recipes",
    tables,
    sa.Column("fingerprint", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("mapping", **json()),
    sa.Column("created_at", sa.DateTime, nullable=False),
)
sa.Table(
    "outcomes",
    tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("audience_id", sa.String, nullable=False),
    sa.Column("figures", **json()),
    sa.Column("who", sa.String, nullable=False, server_default=""),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Index("outcomes_by_audience", "audience_id", "created_at"),
)
sa.Table(
    "reasons",
    tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("dataset_id", sa.String, nullable=False),
    sa.Column("result_id", sa.String, nullable=False),
    sa.Column("stamp", sa.BigInteger, nullable=False),
    *job_columns(),
    sa.Index(
        "reasons_by_result", "result_id", unique=True, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    ),
)
sa.Table(
    "scenarios",
    tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("bundle", sa.String, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("who", sa.String, nullable=False, server_default=""),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Index("scenarios_by_time", "created_at"),
)
sa.Table(
    "shop_settings",
    tables,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", **json()),
    sa.Column("who", sa.String, nullable=False, server_default=""),
    sa.Column("changed_at", sa.DateTime, nullable=False),
)


def upgrade() -> None:
    """Make what is missing of the first release's schema."""
    connection = op.get_bind()
    for table in tables.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        existing = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in existing:
                written = CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f"alter table {table.name} add column {written}")
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    # What programs without migrations look for: they may go on while others are replaced.
    version = "insert into meta (key, value) values ('schema_version', '1') on conflict (key) do nothing"
    connection.execute(sa.text(version))
