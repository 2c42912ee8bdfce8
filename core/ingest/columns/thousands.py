"""Whether three digits behind a sign are thousands or decimals: 1.299 beside 49.90.

The other amounts of a file often tell, or what a line comes to. Where nothing does, only the shop knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass

from core.ingest.base.model import Mapping
from core.ingest.cells.sniff import comes_out, currency_code, decimal_sign, is_in_doubt
from core.ingest.cells.synonyms import MINOR_UNITS, SMALL_UNITS
from core.ingest.files.head import Head
from core.ingest.recognition.head_reader import HEAD_ROWS

#: Columns of money in a log and in session rows.
_MONEY = ("price", "revenue", "price_mean", "price_max", "cart_value")
#: Formats that nobody's tracker writes: all others have decimal points.
_OPEN_FORMATS = (None, "canonical", "named_columns", "session_rows")
#: Which share of rows has to come out for a reading to hold, and at how many the other one fails.
_MOST, _FEW = 0.9, 0.5
_THOUSANDTHS = 1000
#: From here on, a number among grouped ones would have a sign as well.
_GROUPED_FROM, _PRICES_FROM = 1000, 100


@dataclass(frozen=True, slots=True)
class Reading:
    """The decimal sign by which amounts are read that may be thousands, why, and whether that proves it.

    ``why`` is empty where nobody would doubt it.
    """

    sign: str
    why: str
    is_proof: bool = True


def usual_sign(head: Head, mapping: Mapping, cells: list[str], others: list[str]) -> str:
    """Return the decimal sign of a column: as told, as its own cells show, as the file's others do."""
    separator = head.dialect.separator if head.dialect else None
    return (
        mapping.decimal
        or decimal_sign(cells)
        or decimal_sign(others)
        or decimal_sign(cells, separator=separator)
        or "."
    )


def doubtful(head: Head, mapping: Mapping, name: str, sign: str) -> str | None:
    """Return an amount of a column whose decimal sign may group thousands; None if there is none."""
    if mapping.format not in _OPEN_FORMATS or head.layout:
        return None
    way = _grouped_once(sign)
    amounts = [cell for cell in head.values(name) if cell.strip(" 0.,")]
    if head.table not in ("csv", "tsv") and not all(map(way.fullmatch, amounts)):
        return None  # numbers have decimals there; in texts, all amounts are alike
    return next((cell.strip() for cell in head.values(name) if way.fullmatch(cell)), None)


def decide(head: Head, mapping: Mapping, name: str, sign: str) -> Reading | None:
    """Return how doubtful amounts of a column are read, where anything in the file tells."""
    own = head.values(name)
    others = [cell for target in _MONEY for cell in _cells(head, mapping, target)]
    return (
        _by_currency(head, mapping, sign)
        or _by_totals(head, mapping, sign)
        or _by_writing(own, sign)
        or _by_writing(others, sign)
        or _by_whole_numbers(own, sign)
    )


def open_amounts(head: Head, mapping: Mapping) -> dict[str, str]:
    """Return columns of money, with an example of each, in which nothing tells thousands from decimals.

    Of a file that is longer than its head only the whole of it may say so: none is returned.
    """
    if mapping.decimal is not None or not head.is_whole or len(head.rows) >= HEAD_ROWS:
        return {}
    return {name: example for name, example, reading in _doubts(head, mapping) if reading is None}


def told_sign(head: Head, mapping: Mapping) -> tuple[bool, str | None]:
    """Return whether a file has doubtful amounts, and the one decimal sign they are read by, if any."""
    readings = [reading for _, _, reading in _doubts(head, mapping)]
    signs = {reading.sign if reading else None for reading in readings}
    return bool(readings), signs.pop() if len(signs) == 1 else None


def question(amounts: MappingABC[str, str]) -> str:
    """Return what is asked of columns and an example of each, which nothing decides."""
    listed = " and ".join(f"“{name}” ({example})" for name, example in amounts.items())
    one = next(iter(amounts.values()))
    thousands, decimals = (value_of(one, thousands=each) for each in (True, False))
    return (
        f"Amounts in {listed} could have thousands or decimals behind the sign, and nothing in the file "
        f"shows which: {one} may be {thousands:,.6g} (thousands) or {decimals:,.6g} (decimals). Choose the "
        "decimal sign."
    )


def value_of(cell: str, *, thousands: bool) -> float:
    """Return what a doubtful amount is worth in one of its readings."""
    whole, rest = re.findall(r"(\d{1,3})[.,](\d{3})", cell)[0]
    return float(f"{whole}{rest}" if thousands else f"{whole}.{rest}")


def _doubts(head: Head, mapping: Mapping) -> list[tuple[str, str, Reading | None]]:
    names = [mapping.columns[target] for target in _MONEY if target in mapping.columns]
    others = [cell for name in names for cell in head.values(name)]
    found = []
    for name in names:
        sign = usual_sign(head, mapping, head.values(name), others)
        if example := doubtful(head, mapping, name, sign):
            found.append((name, example, decide(head, mapping, name, sign)))
    return found


def _grouped_once(sign: str) -> re.Pattern[str]:
    return re.compile(rf"[^\d]*[1-9]\d{{0,2}}{re.escape(sign)}\d{{3}}[^\d]*")


def _cells(head: Head, mapping: Mapping, target: str) -> list[str]:
    return head.values(mapping.columns[target]) if target in mapping.columns else []


def _other(sign: str) -> str:
    return "," if sign == "." else "."


def _by_currency(head: Head, mapping: Mapping, sign: str) -> Reading | None:
    """Every price has thousandths of a dinar, none has thousandths of a yen."""
    codes = {mapping.currency} if mapping.currency else set()
    codes |= {currency_code(cell) or cell for cell in set(_cells(head, mapping, "currency"))}
    if codes and all(MINOR_UNITS.get(code) == _THOUSANDTHS for code in codes):
        return Reading(sign, "")  # as they are all written: nothing to say
    if codes and codes <= SMALL_UNITS:
        return Reading(_other(sign), f"as nobody pays parts of {sorted(codes)[0]}")
    return None


def _by_totals(head: Head, mapping: Mapping, sign: str) -> Reading | None:
    """Compare price times quantity with what was paid for it, row by row."""
    if not {"price", "quantity", "revenue"} <= mapping.columns.keys():
        return None
    columns = [head.column(mapping.columns[name]) for name in ("price", "quantity", "revenue")]
    way = _grouped_once(sign)
    rows = [
        [str(cell) for cell in row]
        for row in zip(*columns, strict=True)
        if all(row) and any(way.fullmatch(str(row[place])) for place in (0, 2))
    ]
    n_as_thousands, n_as_decimals = (
        sum(comes_out(*(_number(cell, sign, thousands=thousands) for cell in row)) for row in rows)
        for thousands in (True, False)
    )
    why = "so that price times quantity is what was paid"
    if n_as_thousands >= _MOST * len(rows) and n_as_decimals < _FEW * len(rows):
        return Reading(_other(sign), why)
    if n_as_decimals >= _MOST * len(rows) and n_as_thousands < _FEW * len(rows):
        return Reading(sign, why)
    return None


def _number(cell: str, sign: str, *, thousands: bool) -> float | None:
    if _grouped_once(sign).fullmatch(cell):
        return value_of(cell, thousands=thousands)
    digits = re.sub(r"[^\d.,]", "", cell).replace(_other(sign), "").replace(sign, ".")
    try:
        return float(digits)
    except ValueError:
        return None


def _by_writing(cells: Iterable[str], sign: str) -> Reading | None:
    """Look how amounts are written that leave no doubt."""
    mark, other = re.escape(sign), re.escape(_other(sign))
    found = [re.sub(r"[^\d.,]", "", cell).rstrip(".,") for cell in cells]

    def first(pattern: str) -> str | None:
        way = re.compile(pattern)
        return next((text for text in found if way.fullmatch(text)), None)

    if text := first(rf"\d{{1,3}}({mark}\d{{3}}){{2,}}|\d{{1,3}}({mark}\d{{3}})+{other}\d{{1,2}}"):
        return Reading(_other(sign), f"as in {text}")
    if text := first(rf"0{mark}\d{{3,}}|\d{{4,}}{mark}\d{{3,}}|\d+{mark}\d{{4,}}"):
        return Reading(sign, f"as in {text}")
    if text := first(rf"[1-9]\d{{0,2}}({other}\d{{3}})+{mark}\d+"):
        return Reading(sign, f"as thousands are grouped otherwise, as in {text}")
    if text := first(rf"[1-9]\d{{3,}}({mark}\d{{1,2}})?"):
        return Reading(sign, f"as thousands aren't grouped, as in {text}", is_proof=False)
    short = first(rf"\d+{mark}\d")
    if short and not any(re.fullmatch(rf"\d+{mark}\d*0", text) for text in found):
        return Reading(sign, f"as zeros at the end are left out, as in {short}", is_proof=False)
    return None


def _by_whole_numbers(cells: Iterable[str], sign: str) -> Reading | None:
    """Take 1.299 and 2.499 beside 899 for thousands: no other amount has decimals, and none is larger."""
    cells = list(cells)
    whole = [int(cell) for cell in cells if re.fullmatch(r"\s*\d+\s*", cell)]
    if not is_in_doubt(cells) or not any(_PRICES_FROM <= amount < _GROUPED_FROM for amount in whole):
        return None
    example = next(amount for amount in whole if _PRICES_FROM <= amount < _GROUPED_FROM)
    return Reading(_other(sign), f"beside {example}, which has no decimals", is_proof=False)
