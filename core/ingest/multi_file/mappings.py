"""How several files are read: each by a mapping that fits it, days and decimals written alike in all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from core.base.errors import MappingError
from core.ingest.base.model import EVERY_ROW, Mapping, Recognition
from core.ingest.cells.sniff import days_before_months, decimal_sign, time_style
from core.ingest.columns.asked import Question, together
from core.ingest.columns.date_order import open_date, open_dates, order_of_dates
from core.ingest.columns.thousands import open_amounts, told_sign
from core.ingest.formats import get_format
from core.ingest.multi_file.known_files import KnownFile, check_alike
from core.ingest.multi_file.names import title_of

_T = TypeVar("_T", bool, str)

_TIMES = ("timestamp", "date", "started_at")
_AMOUNTS = ("price", "quantity", "revenue", "price_mean", "price_max", "cart_value", "duration_seconds")


def mappings_of(known: Sequence[KnownFile], mapping: Mapping | None) -> list[Mapping]:
    """Return how each file is read: as was chosen, else as it was recognised; written alike in all."""
    if mapping is None:
        check_alike(known)
        if asked := _open_question(known):
            raise MappingError(
                asked.text, where=title_of([each.file.filename for each in known]), remedy=asked.remedy
            )
        if known[0].found.needs_mapping:
            raise MappingError(
                "Their format isn't known, so their columns must be mapped first.",
                where=title_of([each.file.filename for each in known]),
                remedy="Map the columns, starting from the suggested guess.",
            )
    given = [_fitting(each, mapping or each.found.mapping) for each in known]
    return _written_alike(known, given)


def _fitting(each: KnownFile, mapping: Mapping) -> Mapping:
    """Return what of a mapping a file has columns for; one of another table keeps columns of its own.

    What stands in a column of another name in each table, as a refund's amount does, is read from each.
    """
    names = set(each.head.names)
    form, given = get_format(each.found.format), get_format(mapping.format)
    if form and given and form is not given and form.family and form.family == given.family:
        own = each.found.mapping
        mapping = replace(mapping, format=own.format, columns=own.columns, event_types=own.event_types)
    columns = {target: name for target, name in mapping.columns.items() if name in names}
    if form and form is given and not each.found.needs_mapping:
        lacking = mapping.columns.keys() - columns.keys()
        used = set(columns.values())
        columns |= {
            target: name
            for target, name in each.found.mapping.columns.items()
            if target in lacking and name not in used
        }
    fitting = replace(mapping, columns=columns)
    if each.named and "event_type" not in columns:
        fitting = replace(fitting, event_types={EVERY_ROW: each.named})
    try:
        fitting.validate(names)
    except MappingError as error:
        raise MappingError(
            f"Its columns differ from the other files'. {error.message}",
            where=each.file.filename,
            remedy="Upload it by itself.",
        ) from error
    return fitting


def _written_alike(known: Sequence[KnownFile], given: list[Mapping]) -> list[Mapping]:
    """Let each file tell how its days and decimals are written, and all together for one that can't.

    One alone may not tell 1/2 from 2/1; of files that contradict each other, none tells for the rest.
    """
    dialect = known[0].head.dialect
    separator = dialect.separator if dialect else None
    pairs = list(zip(known, given, strict=True))
    days = [_told_by([each], days_before_months, _TIMES) for each in pairs]
    signs = [_told_by([each], decimal_sign, _AMOUNTS) for each in pairs]
    doubts = [told_sign(each.head, mapping) for each, mapping in pairs]
    by_others = _one_of(sign for _, sign in doubts)
    day_first = _one_of(days) if any(day is not None for day in days) else _told_by(pairs, _day_first, _TIMES)
    if day_first is None and all(day is None for day in days):
        day_first = _by_all_rows(pairs)
    decimal = (
        _one_of(signs)
        if any(signs)
        else _told_by(pairs, lambda cells: decimal_sign(cells, separator=separator), _AMOUNTS)
    )
    return [
        replace(
            mapping,
            day_first=next((told for told in (mapping.day_first, day, day_first) if told is not None), None),
            decimal=mapping.decimal or (told or by_others if is_open else sign or decimal),
        )
        for mapping, day, sign, (is_open, told) in zip(given, days, signs, doubts, strict=True)
    ]


def _by_all_rows(pairs: Sequence[tuple[KnownFile, Mapping]]) -> bool | None:
    """Return which of day and month stands first, as the rows of all files prove together."""
    head, mapping = pairs[0][0].head, pairs[0][1]
    if any(each.head.names != head.names for each, _ in pairs):
        return None
    files = sorted(pairs, key=lambda pair: pair[0].file.filename)
    together = replace(head, rows=tuple(row for each, _ in files for row in each.head.rows))
    names = [mapping.columns[target] for target in _TIMES if target in mapping.columns]
    told = [order_of_dates(together, name) for name in names if open_date(together, name, mapping)]
    return _one_of(order.day_first for order in told if order and order.is_proof)


def asking(known: Sequence[KnownFile]) -> Recognition:
    """Return the first file's recognition, with a question where nothing tells how its cells are meant."""
    first = known[0].found
    asked = _open_question(known)
    return replace(first, needs_mapping=True, question=asked.text) if asked else first


def _open_question(known: Sequence[KnownFile]) -> Question | None:
    """Return what nothing in files of known columns decides."""
    if any(each.found.needs_mapping for each in known) or len({each.found.kind for each in known}) > 1:
        return None
    given = [each.found.mapping for each in known]
    if len(known) > 1:
        given = _written_alike(known, given)
    return together(
        (open_dates(each.head, mapping), open_amounts(each.head, mapping))
        for each, mapping in zip(known, given, strict=True)
    )


def _told_by(
    pairs: Sequence[tuple[KnownFile, Mapping]], tell: Callable[[list[str]], _T | None], targets: Sequence[str]
) -> _T | None:
    """Return what the cells of some columns of files tell; None if they don't, or contradict each other."""
    found = (
        tell(
            [cell for each, m in pairs if target in m.columns for cell in each.head.values(m.columns[target])]
        )
        for target in targets
        if any(target in m.columns for _, m in pairs)
    )
    return _one_of(found)


def _one_of(found: Iterable[_T | None]) -> _T | None:
    told = set(found) - {None}
    return told.pop() if len(told) == 1 else None


def _day_first(cells: list[str]) -> bool | None:
    return time_style(cells).day_first if cells else None


def mapping_together(mappings: Iterable[Mapping]) -> Mapping:
    """Return one mapping that has the columns and words of all; of two that differ, the first holds."""
    first, *others = mappings
    columns, words = dict(first.columns), dict(first.event_types)
    for other in others:
        columns = {**other.columns, **columns}
        words = {**other.event_types, **words}
    return replace(first, columns=columns, event_types=words)
