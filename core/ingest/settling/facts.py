"""Numbers of the events of an export, by which rules see whether they can apply at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import duckdb

from core.ingest.base.database import one
from core.schema.events import EVENT_SCHEMA

#: The events as they were read.
READ = "events_0"


class Fact(NamedTuple):
    """A number of the events as they were read: an aggregate, of those that fulfil a condition.

    One aggregate of whole columns at a time is answered from what Parquet says of itself, and a condition
    on a column of few values from its dictionary: nothing is read for the first, little for the second.
    """

    aggregate: str
    condition: str | None = None

    @property
    def columns(self) -> set[str]:
        """The columns it asks about, but for the type of event, which every export has."""
        asked = set(re.findall(r"\w+", f"{self.aggregate} {self.condition or ''}"))
        return asked & set(EVENT_SCHEMA.names) - {"event_type"}


class Facts(dict[str, int]):
    """Numbers by name, worked out when they are first asked for; zero of columns that an export lacks.

    ``at_once`` says that the first question has all of them worked out: a query of a few rows takes ten times
    as long to begin as to run.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        facts: Mapping[str, Fact],
        told: Iterable[str],
        *,
        at_once: bool,
    ) -> None:
        super().__init__()
        self._connection, self._facts, self._told = connection, facts, frozenset(told)
        self._at_once = at_once

    def __missing__(self, name: str) -> int:
        asked = self._facts if self._at_once else {name: self._facts[name]}
        told = {each: fact for each, fact in asked.items() if not fact.columns or fact.columns & self._told}
        self.update(dict.fromkeys(asked, 0))
        if told:
            self.update(zip(told, self._worked_out(list(told.values())), strict=True))
        return self[name]

    def _worked_out(self, facts: list[Fact]) -> list[int]:
        if len(facts) == 1:
            where = f" WHERE {facts[0].condition}" if facts[0].condition else ""
            query = f"SELECT {facts[0].aggregate} FROM {READ}{where}"
        else:
            query = f"SELECT {', '.join(map(_among_all, facts))} FROM {READ}"
        return [int(str(number)) for number in one(self._connection, query)]


def _among_all(fact: Fact) -> str:
    if fact.condition is None:
        return fact.aggregate
    return f"{fact.aggregate} FILTER (WHERE {fact.condition})"
