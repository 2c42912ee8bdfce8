"""Rows of a Parquet file that are one person's: found, read, and left out of the file written anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.audiences.contacts import contacts_of
from core.base.atomic_write import atomic_write
from core.base.memory_database import scratch_database
from core.base.normal_ids import normal_sql
from core.base.sql import identifier, literal

#: Columns that hold ids of visitors, beside those that hold e-mail addresses, phone numbers and devices.
ID_COLUMNS = ("visitor_id", "user_id")
CONTACTS = ("email", "phone", "device")
SESSION = "session_id"
#: An id of so many characters, or an address, is looked for within texts as well: in a page's address, say.
UNMISTAKABLE = 16
#: What may not stand beside an id there: it would be another one.
_MORE = "[a-z0-9._%+@-]"


@dataclass(slots=True)
class Ids:
    """Ids of one person, trimmed and in lower case, and ids of sessions as they are."""

    people: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)

    @property
    def unmistakable(self) -> list[str]:
        """Those that mean nobody else, wherever they stand, as they are and as addresses write them."""
        found = {one for one in self.people if "@" in one or len(one) >= UNMISTAKABLE}
        return sorted(found | {quote(one, safe="").lower() for one in found})

    @property
    def pattern(self) -> str:
        """A regular expression that finds one of those in a text in lower case; empty without any."""
        words = "|".join(map(re.escape, self.unmistakable))
        return f"(^|[^{_MORE[1:]})({words})($|[^{_MORE[1:]})" if words else ""


def id_columns(names: Iterable[str]) -> list[str]:
    """Return the columns that hold ids of people."""
    known = list(names)
    found = contacts_of(known).fields
    contacts = [name for kind in CONTACTS for name in found.get(kind, ())]
    return [*(name for name in known if name in ID_COLUMNS), *contacts]


def condition(schema: pa.Schema, ids: Ids) -> str:
    """Return SQL for whether a row is the person's; ``_people`` and ``_sessions`` hold the ids."""
    columns = id_columns(schema.names)
    parts = [
        f"{normal_sql(f'CAST({identifier(name)} AS VARCHAR)')} IN (SELECT id FROM _people)"
        for name in columns
    ]
    if SESSION in schema.names:
        parts.append(f"CAST({SESSION} AS VARCHAR) IN (SELECT id FROM _sessions)")
    if ids.pattern:
        parts += [
            f"regexp_matches(lower({identifier(column.name)}), {literal(ids.pattern)})"
            for column in schema
            if _is_text(column.type) and column.name not in (*columns, SESSION)
        ]
    return " OR ".join(f"coalesce({part}, false)" for part in parts) or "false"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


@contextmanager
def asking(ids: Ids) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that knows the ids."""
    with scratch_database() as connection:
        for name, values in (("_people", ids.people), ("_sessions", ids.sessions)):
            connection.register(name, pa.table({"id": pa.array(sorted(values), pa.string())}))
        yield connection


def rows(path: Path, ids: Ids) -> list[dict[str, Any]]:
    """Return a person's rows of a file."""
    with asking(ids) as connection:
        where = condition(pq.read_schema(path), ids)
        answer = connection.execute(
            "SELECT * EXCLUDE (file_row_number) FROM read_parquet(?, file_row_number = true) "
            f"WHERE {where} ORDER BY file_row_number",
            [str(path)],
        )
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def places(path: Path, where: str, ids: Ids) -> set[int]:
    """Return the numbers of the rows for which a condition holds."""
    with asking(ids) as connection:
        found = connection.execute(
            f"SELECT file_row_number FROM read_parquet(?, file_row_number = true) WHERE {where}", [str(path)]
        ).fetchall()
    return {number for (number,) in found}


def remove(path: Path, ids: Ids) -> int:
    """Write a file anew without a person's rows, if it has any; return how many those were."""
    return remove_where(path, condition(pq.read_schema(path), ids), ids)


def remove_where(path: Path, where: str, ids: Ids | None = None) -> int:
    """Write a file anew without the rows for which a condition holds; return how many those were."""
    found = places(path, where, ids or Ids())
    if not found:
        return 0
    with pq.ParquetFile(path) as file, atomic_write(path) as partial:
        begin = 0
        with pq.ParquetWriter(partial, file.schema_arrow, compression="zstd") as writer:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                kept = [n not in found for n in range(begin, begin + len(table))]
                begin += len(table)
                writer.write_table(table.filter(pa.array(kept, pa.bool_())))
    return len(found)
