"""Say what a file is, from its head: the format, why, which column is what, and what it can tell."""

from __future__ import annotations

import string
from collections.abc import Set
from dataclasses import replace
from pathlib import Path

from core.base.errors import IngestError, MappingError
from core.base.written import counted
from core.ingest.base.model import (
    EVERY_ROW,
    NESTED,
    READ_ALREADY,
    UNREAD,
    Kind,
    Mapping,
    Recognition,
    SourceColumn,
)
from core.ingest.cells.sniff import decimal_sign
from core.ingest.files.head import Head
from core.ingest.formats import Format, Match, best_match, get_format, known_formats
from core.ingest.formats.base import by_plain_name
from core.ingest.formats.guess import beside_amounts, guess_columns, known_words
from core.ingest.recognition.head_reader import read_head
from core.ingest.recognition.refusals import refuse_unless_sessions
from core.schema.countries import plain
from core.schema.events import EventType, Told

#: A format that fits less surely than this may be a table of something else with like names.
SURE = 0.85
PREVIEW_ROWS = 10
EXAMPLES = 3
LONGEST_EXAMPLE = 80
#: Columns of which a session row is read as a number.
_NUMBERS = frozenset(
    {"price", "quantity", "revenue", "price_mean", "price_max", "cart_value", "duration_seconds"}
)

#: What is said of columns of session rows that become none of ours and are read all the same.
_BESIDE = {
    "currency": "Read as the currency of its row's amounts.",
    "order_status": "Read as what became of its row's order.",
    "order_id": "Read as the number of its row's order, which counts once.",
}


def inspect(path: Path, *, filename: str | None = None) -> Recognition:
    """Recognise a file from its first rows; quick whatever its size.

    Raises
    ------
    IngestError
        If it is empty, damaged, or no table at all, saying what it is.
    """
    return recognise(read_head(Path(path), filename or Path(path).name))


def recognise(head: Head, *, refuse: bool = True, is_alone: bool = True) -> Recognition:
    """Say what a file is, given its head; ``is_alone`` says that no other is read with it.

    Raises
    ------
    IngestError
        Unless ``refuse`` is off, if its rows can be neither sessions nor events, or are of a table that
        only says more of another one's.
    """
    found = best_match(head)
    if refuse and is_alone:
        refuse_incomplete(head, found[0] if found else None)
    if refuse and (found is None or found[1].score < SURE):
        refuse_unless_sessions(head)
    if found:
        form, match = found
        mapping = mapping_of(form, match, head)
        return _recognition(head, mapping, form, match.reasons, (*form.notes, *match.notes))
    mapping = best_guess(head)
    reasons = ["It matches none of the known formats, so check its columns."]
    if mapping.columns:
        reasons.append(
            f"The names and values of {counted(len(mapping.columns), 'column')} led to a first guess."
        )
    return _recognition(head, mapping, None, tuple(reasons), ())


def refuse_incomplete(head: Head, form: Format | None) -> None:
    """Refuse a table that only says more of what stands in another one.

    Raises
    ------
    IngestError
        Saying what it lacks, and what to upload with it.
    """
    lookups = (lookup for known in known_formats().values() for lookup in known.lookups)
    alone = form.alone if form else None
    alone = alone or next((lookup.alone for lookup in lookups if lookup.fits(head.names)), None)
    if alone:
        raise IngestError(alone[0], where=head.filename, remedy=alone[1])


def recognise_as(head: Head, mapping: Mapping) -> Recognition:
    """Say what a file is by a mapping somebody made.

    Raises
    ------
    MappingError
        If the mapping doesn't fit it.
    """
    mapping.validate(head.names)
    form = get_format(mapping.format)
    if mapping.format and form is None:
        raise MappingError(f"There is no format “{mapping.format}”.", where=head.filename)
    notes = form.notes if form else ()
    found = _recognition(head, mapping, form, ("Its columns are read as the mapping says.",), notes)
    title = form.title if form else "Mapped by hand"
    return replace(found, title=title, needs_mapping=False)


def mapping_of(form: Format, match: Match, head: Head) -> Mapping:
    """Return the mapping of a recognised file."""
    event_types = {**form.event_types, **match.event_types}
    if form.kind == "events" and "event_type" in match.columns:
        # A word that is known anyway needn't be refused because a format's own list lacks it.
        found = known_words(head.values(match.columns["event_type"]))
        event_types = {**{w: t for w, t in found.items() if w.lower() not in event_types}, **event_types}
    return Mapping(
        kind=form.kind,
        format=form.key,
        columns=match.columns,
        event_types=event_types,
        currency=match.currency or form.currency,
    )


def best_guess(head: Head) -> Mapping:
    """Return a first guess at the mapping of a file that fits no format."""
    columns = guess_columns(head, "events")
    sessions = guess_columns(head, "sessions")
    words = known_words(head.values(columns["event_type"])) if "event_type" in columns else {}
    kind: Kind = "events"
    if not words and "timestamp" not in columns and len(sessions) > len(columns):
        kind, columns = "sessions", sessions
    if kind == "events" and "event_type" not in columns and not words:
        guessed = EventType.PRODUCT_VIEW if "product_id" in columns else EventType.PAGE_VIEW
        words = {EVERY_ROW: guessed.value}
    return Mapping(kind=kind, columns=columns, event_types=words if kind == "events" else {})


def told_by(mapping: Mapping, form: Format | None) -> Told:
    """Return what a file can tell, read with a mapping."""
    columns = {*mapping.columns, *(form.derived if form else ())}
    if mapping.kind == "sessions":
        # Whoever bought is known to have paid something, and whoever paid to have bought.
        types = {EventType.PURCHASE} & ({EventType.PURCHASE} if {"purchased", "revenue"} & columns else set())
        return Told(columns=frozenset(columns), event_types=frozenset(str(kind) for kind in types))
    if mapping.currency and "price" in columns:
        columns.add("currency")
    types_told = {*(form.told_types if form else ()), *mapping.event_types.values()}
    return Told(columns=frozenset(columns | {"event_type"}), event_types=frozenset(map(str, types_told)))


def told_of(mapping: Mapping, form: Format | None, given: frozenset[str], types: Set[str]) -> Told:
    """Return what a log of events can tell once all of it was read: ``given`` columns, ``types`` it has."""
    told = told_by(mapping, form).event_types
    if form is not None:  # words that its head didn't show
        told |= types
    if EventType.PURCHASE not in types and form is not None and form.is_open:
        # Without a single purchase, such a log may as well come from a shop that leaves them out.
        told -= {EventType.PURCHASE}
    return Told(columns=given, event_types=told)


def _recognition(
    head: Head, mapping: Mapping, form: Format | None, reasons: tuple[str, ...], notes: tuple[str, ...]
) -> Recognition:
    targets = _targets(head, mapping, form)
    said = {}
    if mapping.kind == "sessions":
        said = {name: _BESIDE[role] for name, role in beside_amounts(head, targets).items()}
    columns = tuple(
        SourceColumn(
            name=name,
            examples=_examples(head, name),
            target=targets.get(name),
            note=_note(head, name) or said.get(name),
        )
        for name in head.names
    )
    numbers = [cell for name, target in targets.items() if target in _NUMBERS for cell in head.values(name)]
    table = head.outer_table or head.table
    dialect = head.dialect if table in ("csv", "tsv") else None
    separator = dialect.separator if dialect else None
    usual = head.narrowed(mapping.columns.values())
    container = "plain" if head.container.kind == "plain" else head.container.kind
    return Recognition(
        filename=head.filename,
        container=container,
        table=table,
        encoding=head.dialect.encoding if head.dialect else None,
        separator=separator,
        decimal=mapping.decimal or decimal_sign(numbers, separator=separator),
        format=form.key if form else None,
        title=form.title if form else "Unknown format",
        kind=mapping.kind,
        reasons=reasons,
        columns=columns,
        mapping=mapping,
        needs_mapping=form is None,
        preview={
            "columns": list(usual.names),
            "rows": [[_shorten(cell) for cell in row] for row in usual.rows[:PREVIEW_ROWS]],
        },
        unused=tuple(
            column.name
            for column in columns
            if column.target is None and column.note is None and column.examples
        ),
        notes=(*head.notes, *notes),
        told=told_by(mapping, form),
    )


def _note(head: Head, name: str) -> str | None:
    """Return what is said of a value that was opened further than its format needs; None of others."""
    if head.layout is None or head.layout.known is None or name not in head.nested:
        return None
    if head.layout.known.reads(name):
        return READ_ALREADY
    return UNREAD if name in head.own_names else NESTED


def _targets(head: Head, mapping: Mapping, form: Format | None) -> dict[str, str]:
    targets = {source: target for target, source in mapping.columns.items()}
    if form:
        names = by_plain_name(head)
        for name, target in form.sources().items():
            if plain(name) in names:
                targets.setdefault(names[plain(name)], target)
    return targets


def _examples(head: Head, name: str) -> tuple[str, ...]:
    seen = dict.fromkeys(head.values(name)[:200])
    return tuple(str(_shorten(cell)) for cell in list(seen)[:EXAMPLES])


def _shorten(cell: str | None) -> str | None:
    if cell is None or len(cell) <= LONGEST_EXAMPLE:
        return cell
    return cell[: LONGEST_EXAMPLE - 1] + "…"


def fill(template: str, cells: dict[str, str]) -> str:
    """Put SQL names of cells into a format's derived expression."""
    return string.Formatter().vformat(template, (), {name: cells[plain(name)] for name in _fields(template)})


def _fields(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


def form_of(mapping: Mapping) -> Format | None:
    """Return the format a mapping builds on."""
    return get_format(mapping.format)
