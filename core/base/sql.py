"""Names and texts as SQL writes them, where they can't be bound as parameters."""

from __future__ import annotations


def literal(value: object) -> str:
    """Write a text as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Write a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
