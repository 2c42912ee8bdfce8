"""Refuse a pooler, such as PgBouncer, that gives each transaction another connection of the server.

The job queue listens on its connection, live sessions hold a lock by theirs, and which project's tables are
meant is set for one: what belongs to one project would be written into another's.
"""

from __future__ import annotations

import psycopg

from core.base.errors import StorageError

#: How often a server's connection that is free is asked for: others may take it meanwhile.
TRIES = 5


def refuse_transaction_pooling(connection: psycopg.Connection, url: str) -> None:
    """Check that this connection is PostgreSQL's own, or a pooler's for as long as it is open.

    Parameters
    ----------
    url
        Of the same server, for a second connection; one is opened only where a pooler is in between, which
        shows in the number of its server process.

    Raises
    ------
    StorageError
        If two connections had the same server process while both were open.
    """
    if connection.info.backend_pid == _process(connection):
        return
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as other:
        for _ in range(TRIES):
            # Its transaction keeps a server process from everybody, unless it has one for itself anyway.
            connection.rollback()
            before = _process(connection)
            connection.rollback()
            try:
                with other.transaction():
                    shared = _process(other) == before
            except psycopg.Error:
                shared = True  # It has no transactions: each statement gets another one.
            if shared:
                raise StorageError(
                    "Before PostgreSQL stands a pooler in transaction mode, which doesn't work here.",
                    where=f"{connection.info.host}:{connection.info.port}",
                    remedy="Set its pool_mode to session, or name PostgreSQL's own address.",
                )


def _process(connection: psycopg.Connection) -> int:
    (found,) = connection.execute("select pg_backend_pid()").fetchone() or (0,)
    return int(found)
