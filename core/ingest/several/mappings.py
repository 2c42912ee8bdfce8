"""How several files are read: each by a mapping that fits it, days and decimals written alike in all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from core.base.errors import MappingError
from core.ingest.base.model import Mapping
from core.ingest.cells.sniff import days_before_months, decimal_sign, time_style
from core.ingest.formats import get_format
from core.ingest.several.known_files import KnownFile, check_alike
from core.ingest.several.names import title_of

_T = TypeVar("_T", bool, str)

_TIMES = ("timestamp", "date", "started_at")
_AMOUNTS = ("price", "quantity", "revenue", "price_mean", "price_max", "cart_value", "duration_seconds")


def mappings_of(known: Sequence[KnownFile], mapping: Mapping | None) -> list[Mapping]:
    """Return how each file is read: as was chosen, else as it was recognised; written alike in all."""
    if mapping is None:
        check_alike(known)
        if known[0].found.needs_mapping:
            raise MappingError(
                "Their format isn't known, so their columns must be mapped first.",
                where=title_of([each.file.filename for each in known]),
                remedy="Map the columns, starting from the suggested guess.",
            )
    given = [_fitting(each, mapping or each.found.mapping) for each in known]
    return _written_alike(known, given)


def _fitting(each: KnownFile, mapping: Mapping) -> Mapping:
    """Return what of a mapping a file has columns for; one of another table keeps columns of its own."""
    names = set(each.head.names)
    form, given = get_format(each.found.format), get_format(mapping.format)
    if form and given and form is not given and form.family and form.family == given.family:
        own = each.found.mapping
        mapping = replace(mapping, format=own.format, columns=own.columns, event_types=own.event_types)
    fitting = replace(mapping, columns={t: name for t, name in mapping.columns.items() if name in names})
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
    day_first = _one_of(days) if any(day is not None for day in days) else _told_by(pairs, _day_first, _TIMES)
    decimal = (
        _one_of(signs)
        if any(signs)
        else _told_by(pairs, lambda cells: decimal_sign(cells, separator=separator), _AMOUNTS)
    )
    return [
        replace(
            mapping,
            day_first=next((told for told in (mapping.day_first, day, day_first) if told is not None), None),
            decimal=mapping.decimal or sign or decimal,
        )
        for mapping, day, sign in zip(given, days, signs, strict=True)
    ]


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
