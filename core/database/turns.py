"""One at a time: whoever reads something and writes by what it says waits for the others who do."""

from __future__ import annotations

from sqlalchemy import Connection, text


def wait_for_turn(connection: Connection, lock: int) -> None:
    """Let nobody else past here with the same lock until this transaction is over.

    First of all in a transaction. ``lock`` is any number that all processes take for the same thing; SQLite
    knows one lock only.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": lock})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
