"""Ids of visitors are replaced by pseudonyms in what was read of an export, before anything is made of it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.audiences.contacts import contacts_of
from core.base.atomic_write import atomic_write
from core.base.memory_database import scratch_database
from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.security.pseudonym import pseudonym_sql

IDS = ("visitor_id", "user_id")
CONTACTS = ("email", "phone", "device", "first_name", "last_name")
#: An e-mail address within the address of a page, and what stands there then.
_ADDRESS, _REMOVED = r"[^\s/?&=#]+(@|%40)[^\s/?&=#]+", "removed"


def hide_ids(path: Path, settings: Settings) -> None:
    """Write canonical rows anew with pseudonyms in the place of ids, addresses, phone numbers and names.

    Ids of sessions stay, unless they were made of a visitor's. E-mail addresses in those of pages go.
    """
    schema = pq.read_schema(path)
    replaced = {name: pseudonym_sql(_text(name), settings) for name in hidden_columns(schema.names)}
    if "page" in schema.names:
        replaced["page"] = f"regexp_replace(page, {literal(_ADDRESS)}, '{_REMOVED}', 'g')"
    if {"session_id", "visitor_id"} <= set(schema.names):
        replaced["session_id"] = (
            "CASE WHEN starts_with(session_id, visitor_id || '@') THEN "
            f"{pseudonym_sql('visitor_id', settings)} || substr(session_id, length(visitor_id) + 1) "
            "ELSE session_id END"
        )
    if not replaced:
        return
    names = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in replaced.items())
    with scratch_database() as connection, atomic_write(path) as partial:
        rows = connection.sql(
            f"SELECT * REPLACE ({names}) FROM read_parquet(?)", params=[str(path)]
        ).to_arrow_reader(100_000)
        kept = pa.schema(
            [field.with_type(pa.string()) if field.name in replaced else field for field in schema],
            metadata=schema.metadata,
        )
        with pq.ParquetWriter(partial, kept, compression="zstd") as writer:
            for batch in rows:
                writer.write_table(pa.Table.from_batches([batch]).cast(kept))


def hidden_columns(names: list[str]) -> list[str]:
    """Return the columns in which ids are replaced."""
    found = contacts_of(names).fields
    return [*(name for name in IDS if name in names), *(n for kind in CONTACTS for n in found.get(kind, ()))]


def _text(name: str) -> str:
    return f"CAST({identifier(name)} AS VARCHAR)"
