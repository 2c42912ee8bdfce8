"""Nested records as a flat table: what is read of a record, and the SQL of the rows and columns it becomes.

A record is a line of JSON, a row of nested Parquet, or a row of CSV with JSON in some cells. All become one
DuckDB struct ``r`` of a shape known beforehand, in the one pass that reads the file: a key that stands in
none of the first rows is read all the same, and numbers written as text are as good as numbers.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from core.base.memory_database import scratch_database
from core.base.sql import identifier, literal
from core.ingest.cells.json_text import as_json
from core.ingest.cells.synonyms import EVENT_COLUMNS
from core.ingest.cells.values import literals
from core.ingest.files.list_totals import list_totals
from core.ingest.files.variants import joined, parts_of, whole, with_parts
from core.schema.countries import plain

#: What is read of a value: a text, an object by its keys, or a list of values that are alike.
Shape = Any
TEXT = "VARCHAR"
NOT_JSON = "The line is not a JSON object."
BROKEN_CELL = "A cell that should hold JSON can't be read."
#: Cells that mean "nothing", besides an empty one. "NA" is not among them: it is Namibia.
NULL_WORDS = ("NULL", "null", "\\N", "NaN", "nan", "None", "N/A", "n/a", "#N/A", "(not set)", "undefined")
#: Objects inside objects are opened this deep, and this many columns are made at most.
DEEPEST, MOST_COLUMNS = 5, 2000
#: SQL of how JSON begins that holds an object or a list as a text.
_QUOTED = r"""'^\s*"[\s"\\]*[{\[]'"""
#: SQL of how a text of JSON begins, also within quotes.
_BEGINS = r"""'^[\s"\\]*[{\[]'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How nested records become rows of text.

    Parameters
    ----------
    shape
        What is read of a record: key -> ``TEXT``, an object's own keys, or ``[shape]`` for a list.
    columns
        Flat column -> SQL over the record ``r`` and the values of ``once``.
    once
        Values that several columns use, worked out once a record: name -> SQL over ``r``.
    rows
        SQL of the list a record is unfolded into, one row an element; an empty list leaves one row.
    item_columns
        Further flat columns -> SQL over such an element, ``item``.
    left_out
        Reason -> SQL over ``r`` of whether a record is refused for it, where its source means it to be.
    needs
        Columns a file must have for this layout to be its own.
    lacks
        What no column may begin with; empty where any may be there.
    inner
        Key -> keys that the objects below it must have.
    known
        The layout of a format that this one opens further, for whoever maps the rest by hand.
    """

    shape: Mapping[str, Shape]
    columns: Mapping[str, str]
    once: Mapping[str, str] = field(default_factory=dict)
    rows: str | None = None
    item_columns: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    lacks: str = ""
    inner: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Layout | None = None

    def opened_further(self, records: Sequence[Mapping[str, Any]]) -> Layout:
        """Return a layout that also has a column for whatever else is nested in some records."""
        found, clashes = discover(records, sums=False), set[str]()
        known = replace(self, shape=with_parts(self.shape, found.shape))
        shape = _merged(known.shape, found.shape, "", clashes)
        more = {
            name: sql
            for name, sql in found.columns.items()
            if name not in self.names
            and not any(name == path or name.startswith(f"{path}.") for path in clashes)
        }
        return replace(known, shape=shape, columns={**self.columns, **more}, known=known) if more else known

    def narrowed(self, wanted: Collection[str]) -> Layout:
        """Return the layout without the columns that were opened further, but for those that are wanted."""
        if self.known is None:
            return self
        known = self.known.names
        kept = {name: sql for name, sql in self.columns.items() if name in known or name in wanted}
        return replace(self, columns=kept) if len(kept) > len(self.known.columns) else self.known

    def fits(self, names: Collection[str], records: Sequence[Mapping[str, Any]]) -> bool:
        """Whether records with columns of these names are to be laid out like this."""
        if not self.needs or not set(self.needs) <= set(names):
            return False
        if self.lacks and any(name.startswith(self.lacks) for name in names):
            return False
        return all(
            any(isinstance(record.get(key), Mapping) and set(inner) <= set(record[key]) for record in records)
            for key, inner in self.inner.items()
        )

    def reads(self, path: str) -> bool:
        """Whether a value, by its keys with points between them, is one that the columns are made of."""
        shape: Shape = self.shape
        if path in shape:
            return True
        keys = path.split(".")
        for depth, key in enumerate(keys):
            shape = shape[0] if isinstance(shape, list) else shape
            if isinstance(shape, Mapping) and set(shape) == {"key", "value"}:
                named = literal(".".join(keys[depth:]))
                return any(named in sql for sql in (*self.columns.values(), *self.once.values()))
            if not isinstance(shape, Mapping) or key not in shape:
                return False
            shape = shape[key]
        return True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the flat columns, in order."""
        return (*self.columns, *self.item_columns)

    def fault(self, unreadable: Mapping[str, str] | None = None) -> str:
        """Return SQL of the reason why a record is refused, or null; those of ``unreadable`` come first."""
        reasons = {**(unreadable or {}), **self.left_out}
        cases = " ".join(f"WHEN {condition} THEN {literal(reason)}" for reason, condition in reasons.items())
        return f"CASE {cases} END" if cases else "NULL::VARCHAR"

    def table(self, records: str, keep: str) -> str:
        """Return SQL of the flat table that a query of records (``r`` and the columns ``keep``) becomes.

        Its cells are ``c0, c1 …``; ``place`` tells the rows of one record apart.
        """
        once = "".join(f", {sql} AS {name}" for name, sql in self.once.items())
        if record := whole("r", self.shape):
            records = f"SELECT * REPLACE ({record} AS r) FROM ({records})"
        records = f"SELECT *{once} FROM ({records})" if once else records
        cells = _cells(self.columns.values(), 0)
        filled = ", ".join(map(_filled_in, range(len(self.names))))
        if self.rows is None:
            made = f"SELECT {cells}, {keep}, 1 AS place FROM ({records})"
            return f"(SELECT {filled}, {keep}, place FROM ({made}))"
        # Only cells go through the unnesting: it would copy the records. An empty list would leave no row.
        made = f"SELECT {cells}, {keep}, {self.rows} AS found FROM ({records})"
        made = f"SELECT *, CASE WHEN len(found) > 0 THEN found ELSE [NULL] END AS items FROM ({made})"
        made = f"SELECT *, unnest(items) AS item, generate_subscripts(items, 1) AS place FROM ({made})"
        names = ", ".join(f"c{i}" for i in range(len(self.columns)))
        of_items = _cells(self.item_columns.values(), len(self.columns))
        made = f"SELECT {names}, {of_items}, {keep}, place FROM ({made})"
        return f"(SELECT {filled}, {keep}, place FROM ({made}))"


def _cells(columns: Iterable[str], first: int) -> str:
    return ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(columns, start=first))


def _filled_in(i: int) -> str:
    # Google writes "(not set)" where there is nothing, in any column. It is asked of cells that are made: to
    # plan what makes them each time it is named takes DuckDB ten times as long.
    return f"CASE WHEN c{i} NOT IN ('', '(not set)') THEN c{i} END AS c{i}"


def _merged(
    known: Mapping[str, Shape], found: Mapping[str, Shape], prefix: str, clashes: set[str]
) -> dict[str, Shape]:
    """Return both shapes as one; where they differ the first holds, and its path goes to ``clashes``."""
    lower = {key.lower() for key in known}
    merged = dict(known)
    for key, inner in found.items():
        own, path = known.get(key), f"{prefix}{key}"
        if own is None and key.lower() not in lower:
            merged[key] = inner
        elif isinstance(own, Mapping) and isinstance(inner, Mapping):
            merged[key] = _merged(own, inner, f"{path}.", clashes)
        elif isinstance(own, list) and isinstance(inner, list) and isinstance(own[0], Mapping):
            merged[key] = [_merged(own[0], inner[0], f"{path}.", clashes)]
        elif own != inner:
            clashes.add(path)
    return merged


def sql_type(shape: Shape) -> str:
    """Return the DuckDB type of a shape."""
    if isinstance(shape, list):
        return f"{sql_type(shape[0])}[]"
    if isinstance(shape, Mapping):
        return f"STRUCT({', '.join(f'{identifier(key)} {sql_type(inner)}' for key, inner in shape.items())})"
    return TEXT


def from_line(
    line: str,
    shape: Mapping[str, Shape],
    texts: Collection[str] = (),
    respelt: Collection[str] = (),
    mixed: Collection[str] = (),
) -> str:
    """Return SQL of the record in a text of JSON; null where it is none.

    ``texts`` are the keys of objects that are written as JSON within a text, ``mixed`` those that may be here
    and there, and ``respelt`` those of both that aren't plain JSON.
    """
    texts = frozenset((*texts, *mixed))
    if not texts:
        return f"TRY(json_transform({line}, {literal(json.dumps(shape))}))"
    outer = {key: TEXT if key in texts else inner for key, inner in shape.items()}
    record = _record({key: f"o.{identifier(key)}" for key in shape}, shape, texts, respelt, mixed)
    return (
        f"TRY(list_transform([json_transform({line}, {literal(json.dumps(outer))})], "
        f"lambda o: CASE WHEN o IS NOT NULL THEN {record} END)[1])"
    )


def _record(
    values: Mapping[str, str],
    shape: Mapping[str, Shape],
    texts: Collection[str],
    respelt: Collection[str],
    mixed: Collection[str] = (),
) -> str:
    """Return SQL of a record, of the SQL of its values, in which those of ``texts`` are JSON.

    Those that are ``mixed`` may be other texts as well, which are nothing.
    """
    fields = []
    for key, sql in values.items():
        made = sql
        if key in texts:
            text = _begun(sql) if key in mixed else _filled(sql)
            made = f"CAST({_opened(text, shape[key], key.lower() in respelt)} AS {sql_type(shape[key])})"
        fields.append(f"{identifier(key)} := {made}")
    return f"struct_pack({', '.join(fields)})"


def read_objects(
    path: Path,
    shape: Mapping[str, Shape],
    *,
    is_array: bool,
    most_bytes: int,
    texts: Collection[str] = (),
    respelt: Collection[str] = (),
) -> str:
    """Return SQL of the records in a file of nothing but objects of JSON; any other value is an error.

    It is half as quick again as taking the lines first. ``texts`` are the keys of objects that are written
    as JSON within a text, ``respelt`` those of them that aren't plain JSON.
    """
    columns = ", ".join(
        f"{literal(key)}: {literal(TEXT if key in texts else sql_type(inner))}"
        for key, inner in shape.items()
    )
    record = _record({key: identifier(key) for key in shape}, shape, texts, respelt)
    return (
        f"SELECT {record} AS r FROM read_json({literal(path)}, columns = {{{columns}}}, "
        f"format = '{'array' if is_array else 'newline_delimited'}', maximum_object_size = {most_bytes})"
    )


def from_cells(
    cells: Mapping[str, str],
    shape: Mapping[str, Shape],
    types: Mapping[str, str] | None = None,
    respelt: Collection[str] = (),
) -> str:
    """Return SQL of the record that the columns of a table make.

    Parameters
    ----------
    cells
        Column of the file -> its SQL name; some warehouses write names in capitals. A key of the shape that
        the file hasn't is null.
    types
        Column -> its DuckDB type, of a file that has types; of others every nested value is JSON in text.
    respelt
        Columns, in small letters, whose texts aren't plain JSON.
    """
    fields = []
    names = {name.lower(): name for name in reversed(list(cells))} | {name: name for name in cells}
    for written, inner in shape.items():
        key = names.get(written, written)
        cell, kind = cells.get(key, "NULL"), (types or {}).get(key, TEXT)
        if inner == TEXT:
            made = f"({cell} ->> '$')" if kind == "JSON" else cell
        elif key in cells and is_text(kind):
            text = _filled(f"CAST({cell} AS VARCHAR)")
            made = f"TRY({_opened(text, inner, key.lower() in respelt)})"
        elif key in cells and not _can_be(kind, inner):
            made = f"json_transform(to_json({cell}), {literal(json.dumps(inner))})"
        else:
            made = cell
        fields.append(f"{identifier(written)} := CAST({made} AS {sql_type(inner)})")
    return f"struct_pack({', '.join(fields)})"


def _opened(text: str, shape: Shape, is_respelt: bool) -> str:
    """Return SQL of a value of a shape in a text of JSON; an error where it is none."""
    kind = literal(json.dumps(shape))

    def plain(own: str) -> str:
        # DuckDB makes an object of nothing out of JSON that holds JSON as a text.
        return f"json_transform(CASE WHEN regexp_matches({own}, {_QUOTED}) THEN '-' ELSE {own} END, {kind})"

    if not is_respelt:
        return plain(text)
    # Bound to a name: to plan it written out wherever it is read takes three times as long.
    made = f"coalesce(TRY({plain('j')}), json_transform({as_json('j')}, {kind}))"
    return f"list_transform([{text}], lambda j: {made})[1]"


def _filled(text: str) -> str:
    return f"CASE WHEN NOT list_contains({literals(('', *NULL_WORDS))}, {text}) THEN {text} END"


def _begun(text: str) -> str:
    return f"CASE WHEN regexp_matches({text}, {_BEGINS}) THEN {text} END"


def is_text(kind: str) -> bool:
    """Whether columns of a DuckDB type hold nested values as JSON in text."""
    return kind in (TEXT, "JSON")


def _can_be(kind: str, shape: Shape) -> bool:
    """Whether DuckDB casts a type to that of a shape: structs must share a key at every depth."""
    try:
        with scratch_database() as connection:
            connection.execute(f"SELECT CAST(CAST(NULL AS {kind}) AS {sql_type(shape)})")
    except duckdb.Error:
        return False
    return True


def discover(records: Sequence[Mapping[str, Any]], *, sums: bool = True) -> Layout:
    """Return the layout that opens whatever is nested in some records.

    Objects are opened key by key (``geo.country``), lists of keys and values by key (``params.page``), and
    of a list of objects those with one element: where there are several, no column says which is meant, but
    their ``sums`` say what they come to. Columns that a loader split by type are one again.
    """
    finder = _Finder(sums=sums)
    shape = finder.opened(records, "r", "", 1)
    columns = joined(finder.columns, finder.split)
    if not any(EVENT_COLUMNS.get(plain(name.rpartition(".")[2])) == "revenue" for name in columns):
        columns |= finder.sums
    return Layout(shape=shape, columns=dict(list(columns.items())[:MOST_COLUMNS]))


class _Finder:
    """Walks the first records and gathers a column for each value that can be named."""

    def __init__(self, *, sums: bool) -> None:
        self.columns: dict[str, str] = {}
        #: What the prices in a list come to, where nothing else may say it.
        self.sums: dict[str, str] = {}
        self._has_sums = sums
        #: Columns that were split by type, with their parts.
        self.split: dict[str, list[str]] = {}

    def opened(
        self, objects: Sequence[Mapping[str, Any]], sql: str, prefix: str, depth: int
    ) -> dict[str, Shape]:
        """Return the shape of some objects that stand in one place; their values become columns."""
        values: dict[str, list[Any]] = {}
        for each in objects:
            for key, value in each.items():
                values.setdefault(key, []).extend([] if value is None or value == "" else [value])
        shape: dict[str, Shape] = {}
        taken: set[str] = set()
        for key, found in values.items():
            if not key or key.lower() in taken:  # the database knows no two fields that differ in case
                continue
            taken.add(key.lower())
            shape[key] = self._value(found, f"{sql}.{identifier(key)}", prefix + key, depth)
        for column, parts in parts_of(values, objects).items():
            there = [name for part in parts if (name := prefix + part) in self.columns]
            if len(there) > 1:
                self.split.setdefault(prefix + column, there)
        return shape

    def _value(self, found: list[Any], sql: str, name: str, depth: int) -> Shape:
        if found and depth < DEEPEST:
            if all(isinstance(value, Mapping) for value in found) and any(found):
                return self.opened(found, sql, f"{name}.", depth + 1)
            elements = _objects(found)
            if elements and all(set(each) >= {"key", "value"} for each in elements):
                return [self._keyed(elements, sql, name)]
            if elements:
                return [self._only(elements, sql, name)]
        self.columns.setdefault(name, sql)
        return TEXT

    def _keyed(self, elements: list[Mapping[str, Any]], sql: str, name: str) -> dict[str, Shape]:
        values = [each["value"] for each in elements if each["value"] is not None]
        nested = bool(values) and all(isinstance(value, Mapping) for value in values)
        kinds = list(dict.fromkeys(kind for value in values for kind in value)) if nested else []
        for key in dict.fromkeys(str(each["key"]) for each in elements):
            value = f'list_filter({sql}, lambda p: p."key" = {literal(key)})[1]."value"'
            made = (
                f"coalesce({', '.join(f'{value}.{identifier(kind)}' for kind in kinds)})" if kinds else value
            )
            self.columns.setdefault(f"{name}.{key}", made)
        return {"key": TEXT, "value": dict.fromkeys(kinds, TEXT) if kinds else TEXT}

    def _only(self, elements: list[Mapping[str, Any]], sql: str, name: str) -> dict[str, Shape]:
        inner = _Finder(sums=False)
        only = f"(CASE WHEN len({sql}) = 1 THEN {sql}[1] END)"
        shape = inner.opened(elements, only, f"{name}.", DEEPEST)
        totals = list_totals(elements, sql) if self._has_sums else {}
        for column, made in inner.columns.items():
            self.columns.setdefault(column, totals.get(column.removeprefix(f"{name}."), made))
        self.sums |= {
            f"{name}.{key}": made for key, made in totals.items() if f"{name}.{key}" not in inner.columns
        }
        self.split |= inner.split
        return shape


def _objects(found: list[Any]) -> list[Mapping[str, Any]]:
    """Return the elements of lists, if all of them are lists and all elements objects."""
    if not all(isinstance(value, list) for value in found):
        return []
    elements = [each for value in found for each in value]
    return elements if all(isinstance(each, Mapping) and each for each in elements) else []
