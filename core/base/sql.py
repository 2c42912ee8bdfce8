"""Names and texts as SQL writes them, where they can't be bound as parameters."""

from __future__ import annotations


def literal(value: object) -> str:
    """Write a text as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Write a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def is_one_of(made: str, options: str) -> str:
    """Return SQL of whether something made of a cell is one of many, where few rows come to ask.

    DuckDB answers ``IN`` and ``list_contains`` with a join, for which it makes that something of every row,
    even of those that a ``CASE`` has decided before. On a bare column the join is the quicker way.

    Parameters
    ----------
    options
        SQL of a list.
    """
    return f"(list_position({options}, {made}) IS NOT NULL)"
