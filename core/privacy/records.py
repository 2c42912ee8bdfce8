"""What was asked for and done for privacy: deletions with their certificates, and what grew too old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import JSON, Column, Index, String, Table, insert, select, update

from core.base.errors import NotFoundError
from core.base.identity import identity
from core.base.settings import Settings
from core.database import Before, UtcDateTime, get_engine, metadata, newest_first
from core.storage import new_id

#: ``person`` is the deletion of one person, ``retention`` what was deleted because of its age.
Kind = Literal["person", "retention"]
State = Literal["waiting", "running", "done", "failed"]

privacy_records = Table(
    "privacy_records",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    # Whom to delete, in clear: there only until it is done.
    Column("asked", JSON(none_as_null=True)),
    Column("who", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    # The certificate, or the error it ended with.
    Column("told", JSON(none_as_null=True)),
    Index("privacy_records_by_time", "created_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One deletion: ``told`` is its certificate once it is done, the error where it failed."""

    id: str
    kind: Kind
    state: State
    asked: dict[str, Any] | None
    who: str
    created_at: datetime
    finished_at: datetime | None
    told: dict[str, Any] | None


def add(
    kind: Kind,
    *,
    settings: Settings,
    asked: dict[str, Any] | None = None,
    told: dict[str, Any] | None = None,
) -> Record:
    """Write down what is to be done, or what was done."""
    now = datetime.now(UTC)
    row = {
        "id": new_id(),
        "kind": kind,
        "state": "done" if told is not None else "waiting",
        "asked": asked,
        "who": identity().name or identity().via,
        "created_at": now,
        "finished_at": now if told is not None else None,
        "told": told,
    }
    with get_engine(settings).begin() as connection:
        connection.execute(insert(privacy_records).values(row))
    return record(str(row["id"]), settings)


def change(record_id: str, settings: Settings, **values: Any) -> None:  # noqa: ANN401 - a column's value
    """Say how far something is."""
    query = update(privacy_records).where(privacy_records.c.id == record_id).values(**values)
    with get_engine(settings).begin() as connection:
        connection.execute(query)


def record(record_id: str, settings: Settings) -> Record:
    """Return one record; NotFoundError if there is none."""
    query = select(privacy_records).where(privacy_records.c.id == record_id)
    with get_engine(settings).connect() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError("This certificate doesn't exist.", remedy="Choose one from the list.")
    return Record(**row)


def records(
    settings: Settings, *, limit: int = 50, before: Before | None = None, state: State | None = None
) -> list[Record]:
    """Return the latest records, newest first; those in one state if it is named.

    ``before`` is where the page before ended.
    """
    query = newest_first(select(privacy_records), privacy_records, before=before, limit=limit)
    if state is not None:
        query = query.where(privacy_records.c.state == state)
    with get_engine(settings).connect() as connection:
        return [Record(**row) for row in connection.execute(query).mappings()]
