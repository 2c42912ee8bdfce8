"""The tables of datasets, results, trainings and audiences, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    false,
    text,
)

from core.database import UtcDateTime, metadata

#: States in which a job has work to do.
UNFINISHED = ("queued", "running")


def job_columns() -> list[Column[Any]]:
    """Return what every job has: how far it is, how it ended, and when it is its turn.

    Of the jobs that wait, those of the lowest ``turn`` come first; ``lane`` is which queue of its kind it
    stands in, ``who`` whom it belongs to there, and ``cost`` the seconds it is expected to take. ``request``
    is the id of the request that handed it in, as logs name it.
    """
    return [
        Column("state", String, nullable=False),
        Column("step", String, nullable=False),
        Column("share", Float, nullable=False),
        Column("message", String, nullable=False),
        Column("error", JSON(none_as_null=True)),
        Column("created_at", UtcDateTime, nullable=False),
        Column("finished_at", UtcDateTime),
        Column("cancel", Boolean, nullable=False, server_default=false()),
        Column("started_at", UtcDateTime),
        Column("who", String, nullable=False, server_default=""),
        Column("lane", String, nullable=False, server_default=""),
        Column("turn", Integer, nullable=False, server_default="1"),
        Column("cost", Float, nullable=False, server_default="60"),
        Column("request", String, nullable=False, server_default=""),
    ]


datasets = Table(
    "datasets",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("filename", String, nullable=False),
    Column("stored_as", String, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("recognition", JSON, nullable=False),
    Column("mapping", JSON(none_as_null=True)),
    Column("report", JSON(none_as_null=True)),
    Column("state", String, nullable=False),
    # Null where there is one file, from a time when there was never more: it is ``stored_as``.
    Column("files", JSON(none_as_null=True)),
    # One dataset of the same uploads, however often that is asked for.
    Column("made_of", String),
    # How it comes from a source; null for what was uploaded.
    Column("source", JSON(none_as_null=True)),
    # Name of the recipe it is read with; null where it is read as recognised, or as somebody said.
    Column("recipe", String),
    Index("datasets_by_time", "created_at"),
    Index("datasets_by_making", "made_of", unique=True),
)

results = Table(
    "results",
    metadata,
    Column("id", String, primary_key=True),
    Column("dataset_id", String, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("bundle", String, nullable=False),
    *job_columns(),
    Column("n_sessions", BigInteger),
    Column("currency", String),
    Column("has_outcomes", Boolean, nullable=False),
    Column("has_revenue", Boolean, nullable=False),
    Column("notes", JSON, nullable=False),
    # What was counted before any model was asked, and which model answered and why; null in older results.
    Column("recorded", JSON(none_as_null=True)),
    Column("basis", JSON(none_as_null=True)),
    Index("results_by_dataset", "dataset_id", "created_at"),
    Index("results_by_time", "created_at"),
)

trainings = Table(
    "trainings",
    metadata,
    Column("id", String, primary_key=True),
    # Without a foreign key: the record of how a model came about outlives its dataset.
    Column("dataset_id", String, nullable=False),
    Column("dataset_name", String, nullable=False),
    Column("bundle", String, nullable=False),
    Column("options", JSON, nullable=False),
    *job_columns(),
    Column("comparison", JSON(none_as_null=True)),
    Index("trainings_by_time", "created_at"),
    # Two at once can't make a model of the same name.
    Index(
        "trainings_by_name",
        "bundle",
        unique=True,
        sqlite_where=text("state in ('queued', 'running')"),
        postgresql_where=text("state in ('queued', 'running')"),
    ),
    Index("trainings_by_dataset", "dataset_id", "created_at"),
)

audiences = Table(
    "audiences",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("definition", JSON, nullable=False),
    # Without a foreign key: a definition is of use after its result is gone.
    Column("result_id", String, nullable=False),
    Column("result_name", String, nullable=False),
    Column("bundle", String, nullable=False),
    Column("currency", String),
    Column("synthetic", Boolean, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("who", String, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Index("audiences_by_time", "created_at"),
    Index("audiences_by_result", "result_id", "created_at"),
)
