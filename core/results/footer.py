"""What a file of sessions says of itself, in its Parquet footer: its columns, and which of them are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from core.results.scored_sessions import ScoredSessions
from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA

#: Every column a question may name, with its type.
KNOWN: dict[str, pa.DataType] = {field.name: field.type for field in (*SESSION_SCHEMA, *PREDICTION_SCHEMA)}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file's own footer says: its columns in order, how many sessions, which columns are known.

    ``known`` columns have a value in at least one session; ``unsure`` are those of which the footer
    doesn't say.
    """

    columns: tuple[str, ...]
    n: int
    known: frozenset[str]
    unsure: tuple[str, ...]


def facts(sessions: ScoredSessions) -> Facts:
    """Return what a file's footer says."""
    return _facts(sessions.at(None))


def columns(sessions: ScoredSessions) -> tuple[str, ...]:
    """Return the file's own columns, in order."""
    return facts(sessions).columns


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraColumn:
    """A column only this export has: ``key`` stands for its name where that could mean something else."""

    key: str
    name: str
    kind: Literal["text", "number", "flag"]

    @property
    def sql(self) -> str:
        """The column, under its key."""
        name = self.name.replace('"', '""')
        return (
            f'CAST("{name}" AS VARCHAR) AS {self.key}' if self.kind == "text" else f'"{name}" AS {self.key}'
        )


@lru_cache(maxsize=64)
def extra_columns(sessions: ScoredSessions) -> tuple[ExtraColumn, ...]:
    """Return the columns we have no name for, in order."""
    fields = [field for field in arrow_schema(sessions) if field.name not in KNOWN]
    return tuple(
        ExtraColumn(key=f"own_{place}", name=field.name, kind=_kind(field.type))
        for place, field in enumerate(fields)
    )


@lru_cache(maxsize=64)
def arrow_schema(sessions: ScoredSessions) -> pa.Schema:
    """Return the file's own columns with their types."""
    return pq.read_schema(sessions.path)


@lru_cache(maxsize=64)
def _facts(sessions: ScoredSessions) -> Facts:
    with pq.ParquetFile(sessions.path) as file:
        metadata, names = file.metadata, tuple(file.schema_arrow.names)
    n, known, unsure = metadata.num_rows, set(), []
    places = {metadata.schema.column(place).path: place for place in range(metadata.num_columns)}
    for name in names:
        nulls = _nulls(metadata, places.get(name))
        if nulls is None:
            unsure.append(name)
        elif nulls < n:
            known.add(name)
    return Facts(names, n, frozenset(known), tuple(unsure))


def _nulls(metadata: pq.FileMetaData, place: int | None) -> int | None:
    """Return in how many rows a column is null, where the file says so."""
    if place is None:
        return None
    nulls = 0
    for number in range(metadata.num_row_groups):
        statistics = metadata.row_group(number).column(place).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        nulls += statistics.null_count
    return nulls


def _kind(dtype: pa.DataType) -> Literal["text", "number", "flag"]:
    if pa.types.is_boolean(dtype):
        return "flag"
    return "number" if pa.types.is_integer(dtype) or pa.types.is_floating(dtype) else "text"
