"""Amounts with a comma that should stand in quotes: which columns have them, if that is certain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.ingest.cells.synonyms import EVENT_COLUMNS, SESSION_COLUMNS
from core.ingest.files.mended import Commas, uncertain
from core.ingest.files.text import Dialect
from core.ingest.formats.guess import guess_target
from core.ingest.formats.twins import name_words

_PLAIN = re.compile(r"\s*-?\d+(\.\d+)?\s*")
_CENTS = re.compile(r"(\d\d|\d{3}\.\d\d)(\s?[^\d\s.]{1,3})?")
_MONEY = frozenset({"price", "revenue", "price_mean", "price_max", "cart_value"})
#: Words in names of further amounts.
_AMOUNTS = frozenset(
    "price amount revenue total subtotal tax vat shipping discount value cost paid preis betrag summe umsatz "
    "steuer versand rabatt wert prix montant taxe remise importe precio prezzo importo kwota cena bedrag "
    "prijs belopp pris valor total".split()
)


def find_commas(
    header: Sequence[str], rows: Sequence[Sequence[str]], dialect: Dialect, filename: str
) -> Commas | None:
    """Return the columns whose amounts have commas without quotes; None where rows aren't too long for that.

    Raises
    ------
    IngestError
        If some rows are too long because of such amounts, but which cells make one isn't certain for all.
    """
    width = len(header)
    long = [row for row in rows if len(row) > width]
    if dialect.separator != "," or not dialect.has_header or not long:
        return None
    targets = [{guess_target(name, known) for known in (EVENT_COLUMNS, SESSION_COLUMNS)} for name in header]
    commas = Commas(
        width=width,
        amounts=tuple(i for i, name in enumerate(header) if targets[i] & _MONEY or _is_amount(name)),
        numbers=_numbers(targets, [row for row in rows if len(row) == width]),
        product=_product(targets),
    )
    if not any(map(commas.ways, long)):
        return None
    if len(long) == len(rows) and not all(_has_cents(row, width) for row in long):
        return None  # a column without a name may be what is too much
    unsure = next((row for row in long if commas.mended(row) is None), None)
    if unsure is not None:
        raise uncertain("some of its rows", width, len(unsure), filename)
    return commas


def _has_cents(row: Sequence[str], width: int) -> bool:
    """Whether as many cells of a row may be the cents of an amount, two digits of them, as are too many."""
    return sum(bool(_CENTS.fullmatch(cell)) for cell in row) >= len(row) - width


def _is_amount(name: str) -> bool:
    return bool(_AMOUNTS & set(name_words(name)))


def _numbers(targets: Sequence[set[str | None]], rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Return columns of numbers, by their names or by the rows that aren't too long."""
    counted = {i for i, target in enumerate(targets) if "quantity" in target}
    columns = {i: [row[i] for row in rows if row[i].strip()] for i in range(len(targets))}
    plain = {i for i, cells in columns.items() if cells and all(map(_PLAIN.fullmatch, cells))}
    return tuple(sorted(counted | {i for i in plain if not targets[i] & _MONEY}))


def _product(targets: Sequence[set[str | None]]) -> tuple[int, int, int] | None:
    names = ("price", "quantity", "revenue")
    found = (next((i for i, of in enumerate(targets) if name in of), None) for name in names)
    price, quantity, revenue = found
    if price is None or quantity is None or revenue is None:
        return None
    return price, quantity, revenue
