"""Tables of PostgreSQL as they were in one snapshot, in its own text form; no other program is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from core.backup.manifest import BackupError

END = ".copy"
_NAME = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
#: What the job queue notes of its own schema: as the program that restores has it.
OWN = frozenset({"dbos.dbos_migrations"})

Connection = psycopg.Connection[tuple[object, ...]]


@contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is now, whatever others write.

    Raises
    ------
    BackupError
        If it can't be reached or read.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("select 1")
            yield connection
    except psycopg.Error as error:
        raise _failed(error) from error


def tables(connection: Connection, schemas: Sequence[str]) -> list[str]:
    """Return the tables of schemas, those that others refer to first, as ``schema.table``."""
    rows = connection.execute(
        "select schemaname || '.' || tablename from pg_tables where schemaname = any(%s)", [list(schemas)]
    )
    there = sorted(str(name) for (name,) in rows)
    refer = connection.execute(
        "select n.nspname || '.' || c.relname, m.nspname || '.' || d.relname from pg_constraint k "
        "join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace "
        "join pg_class d on d.oid = k.confrelid join pg_namespace m on m.oid = d.relnamespace "
        "where k.contype = 'f' and n.nspname = any(%s)",
        [list(schemas)],
    ).fetchall()
    ordered: list[str] = []
    while waiting := [name for name in there if name not in ordered]:
        free = [n for n in waiting if not any(a == n != b and b in waiting for a, b in refer)]
        ordered += free or waiting
    return ordered


def sequences(connection: Connection, schemas: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Return where numbers of columns that count by themselves have come to."""
    rows = connection.execute(
        "select schemaname || '.' || sequencename from pg_sequences where schemaname = any(%s)",
        [list(schemas)],
    ).fetchall()
    states = {}
    for (name,) in rows:
        state = connection.execute(sql.SQL("select last_value, is_called from {}").format(_table(str(name))))
        last, given = state.fetchone() or (1, False)
        states[str(name)] = (int(str(last)), bool(given))
    return states


def copy_out(connection: Connection, name: str, folder: Path) -> None:
    """Write a table's rows into a file of a folder, after the names of its columns."""
    columns = _columns(connection, name)
    query = sql.SQL("copy {} ({}) to stdout").format(_table(name), _list(columns))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f"{name}{END}").open("wb") as file, connection.cursor().copy(query) as rows:
        file.write("\t".join(columns).encode() + b"\n")
        for block in rows:
            file.write(block)


def copy_in(url: str, folder: Path, counted: Mapping[str, tuple[int, bool]]) -> None:
    """Read the files of a folder into tables that are there, in one transaction, in place of their rows.

    Raises
    ------
    BackupError
        If one of them doesn't fit.
    """
    files = {file.name.removesuffix(END): file for file in folder.glob(f"*{END}")}
    if bad := [name for name in files if not _NAME.fullmatch(name)]:
        raise BackupError("it has a table of a name that can't be.", where=bad[0][:100])
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            there = tables(connection, sorted({name.partition(".")[0] for name in files}))
            if missing := files.keys() - set(there):
                raise BackupError("this program has no such table.", where=min(missing))
            for name in reversed(there):
                if name in files:
                    connection.execute(sql.SQL("delete from {}").format(_table(name)))
            for name in there:
                if name in files:
                    _fill(connection, name, files[name])
            for name, (last, given) in counted.items():
                connection.execute("select setval(%s, %s, %s)", [name, last, given])
    except psycopg.Error as error:
        raise _failed(error) from error


def has_tables(url: str, schemas: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a database has any of these tables, or any table in these schemas."""
    with snapshot(url) as connection:
        if tables(connection, schemas):
            return True
        query = "select 1 from pg_tables where schemaname = current_schema() and tablename = any(%s)"
        return connection.execute(query, [list(names)]).fetchone() is not None


def current_schema(connection: Connection) -> str:
    """Return the schema where tables without one are."""
    (name,) = connection.execute("select current_schema()").fetchone() or ("public",)
    return str(name)


def _fill(connection: Connection, name: str, file: Path) -> None:
    with file.open("rb") as opened:
        columns = opened.readline().decode().rstrip("\n").split("\t")
        query = sql.SQL("copy {} ({}) from stdin").format(_table(name), _list(columns))
        with connection.cursor().copy(query) as rows:
            while block := opened.read(1024**2):
                rows.write(block)


def _columns(connection: Connection, name: str) -> list[str]:
    schema, _, table = name.partition(".")
    rows = connection.execute(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s "
        "and is_generated = 'NEVER' order by ordinal_position",
        [schema, table],
    )
    return [str(column) for (column,) in rows]


def _table(name: str) -> sql.Composable:
    return sql.Identifier(*name.split(".", 1))


def _list(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _failed(error: psycopg.Error) -> BackupError:
    return BackupError(
        f"PostgreSQL refused: {str(error).strip().splitlines()[0] if str(error).strip() else error!r}.",
        where="DATABASE_URL or PREDICTOR_LIVE_DATABASE",
        remedy="Check that it is running and that this user may read and write it.",
    )
