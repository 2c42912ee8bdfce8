"""How the amounts of a file are written: decimal sign, unit, and the currency wherever it stands."""

from __future__ import annotations

import re
from dataclasses import replace
from statistics import median

from core.base.sql import literal
from core.ingest.base.assumptions import Assumption
from core.ingest.base.model import UNSEEN, Mapping
from core.ingest.cells import values
from core.ingest.cells.sniff import (
    are_numbers,
    is_in_doubt,
    may_be_cents,
    unit_of,
)
from core.ingest.cells.synonyms import (
    EVENT_COLUMNS,
    IN_MILLIONTHS,
    LINE_TOTALS,
    MINOR_UNITS,
    SMALL_UNITS,
    SUBTOTALS,
)
from core.ingest.columns import thousands
from core.ingest.columns.currencies import (
    AmountColumns,
    contradiction,
    fill_by_signs,
    find_currency,
    keep_apart,
    quick_amount,
)
from core.ingest.files.source import Source
from core.ingest.formats.guess import guess_target
from core.ingest.formats.twins import name_words, without_container
from core.schema.countries import plain
from core.schema.events import EventType

#: Words in the name of a column of session rows that may hold what was paid.
_PAID = frozenset(
    "amount revenue sales paid gmv turnover sum value total betrag umsatz summe montant importe importo "
    "kwota bedrag".split()
)
#: From which typical amount on nobody pays it: in a currency with cents, and in one that nothing names.
_TOO_LARGE, _TOO_LARGE_IN_ANY = 100_000, 1_000_000
#: How many of the smallest coin make one dinar.
_THOUSANDTHS = 1000
AMOUNTS = ("price", "quantity", "revenue")
MONEY = ("price", "revenue")
#: Events whose amounts may be below zero: money given back, and things taken out.
_SIGNED = {
    "price": (EventType.PURCHASE,),
    "quantity": (EventType.PURCHASE, EventType.CART_ADD, EventType.CART_REMOVE, EventType.OTHER),
    "revenue": (EventType.PURCHASE, EventType.OTHER),
}


def amount_columns(source: Source, mapping: Mapping, names: tuple[str, ...] = AMOUNTS) -> AmountColumns:
    """Work out how amounts (of events, or of session rows) are read, and in which currency they are."""
    made = AmountColumns()
    given = [name for name in names if name in mapping.columns]
    cells = {name: source.head.values(mapping.columns[name]) for name in given}
    money = {name: each for name, each in cells.items() if name != "quantity"}
    currency = find_currency(source, mapping, money, made)
    _warn_of_twins(source, mapping, given, made)
    _tell_subtotal(mapping, made)
    for name in given:
        others = [cell for other in cells.values() for cell in other]
        made.sql[name] = _read(source, mapping, name, others, currency, made)
    if "revenue" not in given and _is_of_unknown_money(mapping, given):
        _warn_of_unread(source, mapping, made)
    keep_apart(source, mapping, given, made)
    fill_by_signs(source, mapping, money, made)
    if "price" in names and "revenue" not in given:
        _warn_of_amounts(mapping, made)
    if "price" in names and ("revenue" not in given or _is_of_line(mapping.columns.get("price", ""))):
        _by_line(source, mapping, made)
    return made


def _read(
    source: Source, mapping: Mapping, name: str, others: list[str], currency: str | None, made: AmountColumns
) -> str:
    """Return SQL that reads one column; ``others`` are the cells of all columns of amounts."""
    heading = mapping.columns[name]
    cell, cells = source.cell(heading), source.head.values(heading)
    if values.has_foreign_digits(cells):
        cell = values.western_digits(cell)
        cells, others = values.in_western_digits(cells), values.in_western_digits(others)
    sign = _decimal_by(currency, cells) if mapping.decimal is None and is_in_doubt(cells) else None
    sign = sign or decimal_of(source, mapping, cells, others)
    if name == "quantity":
        return values.amount(cell, sign)
    told = _by_thousands(source, mapping, heading, sign, made)
    sign = told or sign
    unlike, usual = contradiction(source, mapping, name, cells, made), None
    if not values.has_foreign_digits(source.head.values(heading)):
        usual = quick_amount(source, mapping, name, sign, made)
    read = values.amount(cell, sign, unlike=unlike, usual=usual)
    if made.currencies & SMALL_UNITS and made.currencies - SMALL_UNITS and "currency" in mapping.columns:
        code = f"upper(trim({source.cell(mapping.columns['currency'])}))"
        small = f"{code} IN ({', '.join(map(literal, sorted(SMALL_UNITS)))})"
        grouped = f"regexp_matches({cell}, {literal(values.GROUPED)})"
        read = f"CASE WHEN {small} AND {grouped} THEN {values.whole_amount(cell)} ELSE {read} END"
    if told is None and MINOR_UNITS.get(currency or "") != _THOUSANDTHS:
        _warn_of_thousands(made, heading, cells, sign)
    return _in_units(read, name, cells, source, mapping, currency, made)


def _is_of_unknown_money(mapping: Mapping, given: list[str]) -> bool:
    """Whether a file may have amounts in a column that no name explains."""
    if mapping.kind == "sessions":
        return mapping.format in (None, "session_rows")
    return "price" not in given


def _decimal_by(currency: str | None, cells: list[str]) -> str | None:
    """Return the decimal sign of amounts with three digits behind each sign, where the currency tells it."""
    has_point = any("." in cell for cell in cells)
    if currency in SMALL_UNITS:
        return "," if has_point else "."  # no price has thousandths of it
    if MINOR_UNITS.get(currency or "") == _THOUSANDTHS:
        return "." if has_point else ","  # every price has
    return None


def _warn_of_unread(source: Source, mapping: Mapping, made: AmountColumns) -> None:
    """Say which columns may hold what sessions paid where none is known to."""
    free = (name for name in source.names if name not in mapping.columns.values())
    paid = (name for name in free if _PAID & set(name_words(name)))
    if found := [name for name in paid if are_numbers(source.head.values(name))]:
        listed = ", ".join(f"“{name}”" for name in found)
        made.warn(f"{listed} may hold what was paid, but isn't read. Map it as revenue if it does.")


def _tell_subtotal(mapping: Mapping, made: AmountColumns) -> None:
    """Say that what goods cost is taken for what was paid, where nothing else may be."""
    if plain(without_container(mapping.columns.get("revenue", ""))) in SUBTOTALS:
        made.warn(
            f"“{mapping.columns['revenue']}” is read as what was paid; shipping and taxes may not be part of "
            "it."
        )


def _warn_of_amounts(mapping: Mapping, made: AmountColumns) -> None:
    """Say that an amount beside a quantity is taken for the price of one piece: its name leaves that open."""
    if plain(mapping.columns.get("price", "")) == "amount" and "quantity" in mapping.columns:
        made.warn(
            f"“{mapping.columns['price']}” is read as the price of one piece, times "
            f"“{mapping.columns['quantity']}”. If it is what was paid in total, map it as revenue."
        )


def _by_line(source: Source, mapping: Mapping, made: AmountColumns) -> None:
    """Take what all pieces of a line were paid for as that many times their price.

    Beside a price of its own it is what was paid, with what was taken off for the line.
    """
    heading = mapping.columns.get("price", "")
    line = made.sql.get("price")
    if not _is_of_line(heading):
        free = (name for name in source.names if name not in mapping.columns.values() and _is_of_line(name))
        other = next((name for name in free if are_numbers(source.head.values(name))), None)
        if line is None or other is None:
            return
        heading, price = other, line
        cells = source.head.values(other)
        line = values.amount(source.cell(other), decimal_of(source, mapping, cells, cells))
    else:
        price = "NULL::DOUBLE"
    pieces = f"coalesce(nullif({made.sql['quantity']}, 0), 1)" if "quantity" in made.sql else "1"
    made.sql["price"] = f"coalesce({line} / {pieces}, {price})"
    by = (
        f", so divided by “{mapping.columns['quantity']}” it is the price of one piece"
        if pieces != "1"
        else ""
    )
    made.assumptions.append(Assumption("info", f"“{heading}” is read as what a whole line paid{by}."))


def _is_of_line(name: str) -> bool:
    return plain(without_container(name)) in LINE_TOTALS


def _warn_of_twins(source: Source, mapping: Mapping, given: list[str], made: AmountColumns) -> None:
    """Say which column is read where several could be the revenue or the price: net beside gross, say."""
    free = [name for name in source.names if name not in mapping.columns.values()]
    for target in MONEY:
        twins = [name for name in free if guess_target(name, EVENT_COLUMNS) == target]
        filled = [name for name in twins if are_numbers(source.head.values(name)) and not _is_of_line(name)]
        if target in given and filled:
            listed = ", ".join(f"“{name}”" for name in filled)
            made.warn(
                f"“{mapping.columns[target]}” is read as {target}, not {listed}. Map another column if that "
                "is wrong."
            )


def decimal_of(source: Source, mapping: Mapping, cells: list[str], others: list[str]) -> str:
    """Return the decimal sign of a column: as told, as its own cells show, as the file's others do."""
    return thousands.usual_sign(source.head, mapping, cells, others)


def _by_thousands(
    source: Source, mapping: Mapping, heading: str, sign: str, made: AmountColumns
) -> str | None:
    """Return the decimal sign of amounts that may be thousands or decimals, and say so; None of others."""
    head = source.head
    set_by_hand = mapping.decimal is not None
    usual = thousands.usual_sign(head, replace(mapping, decimal=None), head.values(heading), [])
    example = thousands.doubtful(head, mapping, heading, usual if set_by_hand else sign)
    if example is None:
        return None
    reading = None if set_by_hand else thousands.decide(head, mapping, heading, sign)
    if reading is None and not set_by_hand:
        return None
    decimal = reading.sign if reading else sign
    value = thousands.value_of(example, thousands=decimal not in example)
    why = f", {reading.why}" if reading and reading.why else ""
    if reading is None or reading.why:
        made.say(
            "info" if reading is None or reading.is_proof else "warning",
            f"“{example}” in “{heading}” could mean thousands or decimals; it is read as {value:,.6g}{why}.",
        )
    return decimal


def _warn_of_thousands(made: AmountColumns, name: str, cells: list[str], sign: str) -> None:
    marked = [cell.strip() for cell in cells if re.search(r"\d[.,]\d", cell)]
    if not is_in_doubt(cells):
        marked = [cell for cell in marked if _is_thousands_or_decimals(cell, sign)]
    if not marked:
        return
    example = marked[0]
    whole, mark, thousandths = re.findall(r"(\d{1,3})([.,])(\d{3})", example)[0]
    value = float(f"{whole}.{thousandths}" if mark == sign else whole + thousandths)
    made.warn(
        f"“{example}” in “{name}” could mean thousands or decimals; it is read as {value:,.6g}. "
        "Set the decimal sign if that is wrong."
    )


def _is_thousands_or_decimals(cell: str, sign: str) -> bool:
    """Whether three digits behind the decimal sign of an amount may be thousands."""
    return bool(re.fullmatch(rf"\D*[1-9]\d{{0,2}}{re.escape(sign)}\d{{3}}\D*", cell))


def _in_units(
    read: str,
    name: str,
    cells: list[str],
    source: Source,
    mapping: Mapping,
    currency: str | None,
    made: AmountColumns,
) -> str:
    """Return SQL for whole units of a currency from cents or millionths."""
    heading = mapping.columns[name]
    per_unit, by_heading = unit_of(heading, cells, currency)
    if per_unit == 1_000_000 and not (by_heading or _are_millionths(heading, cells, made.currencies)):
        _tell_millions(heading, cells, made)
        return read
    if per_unit == 1:
        _tell_too_large(heading, cells, decimal_of(source, mapping, cells, cells), made)
        if may_be_cents(heading, cells, currency):
            example = ", ".join(list(dict.fromkeys(cell.strip() for cell in cells))[:3])
            made.warn(
                f"“{heading}” holds whole numbers that end as prices in cents do ({example}); they are "
                f"read as whole units. If they are cents, call the column “{heading}_cents”."
            )
        return read
    what = {100: "hundredths", 1_000_000: "millionths"}[per_unit]
    why = "its name says so" if by_heading else "its numbers are whole multiples of 10,000"
    made.assumptions.append(
        Assumption("info" if by_heading else "warning", f"“{heading}” is read as {what} of a unit: {why}.")
    )
    return f"(({read}) / {_minor_units(source, mapping, currency) if per_unit == 100 else per_unit})"


def _are_millionths(heading: str, cells: list[str], currencies: frozenset[str]) -> bool:
    """Whether large round numbers can be nothing else: by Google's names, their currency, or their size."""
    if plain(without_container(heading)) in IN_MILLIONTHS or (currencies and not currencies & SMALL_UNITS):
        return True
    return not currencies and max(float(cell) for cell in cells) > values.LARGEST_AMOUNT


def _tell_millions(heading: str, cells: list[str], made: AmountColumns) -> None:
    """Say in red what nothing in the file decides: ordinary amounts in rupiah are millionths of dollars."""
    example = ", ".join(list(dict.fromkeys(cell.strip() for cell in cells))[:3])
    made.say(
        "error",
        f"“{heading}” holds large round numbers ({example}) and no currency; they are read as whole units. "
        f"If they are millionths, as Google writes amounts, call the column “{heading}_micros”; if they are "
        "in rupiah, dong or the like, set the currency.",
    )


def _tell_too_large(heading: str, cells: list[str], sign: str, made: AmountColumns) -> None:
    """Say in red that amounts are larger than what people pay: they are hardly whole units."""
    if made.currencies & SMALL_UNITS:
        return
    plain_cells = (re.sub(rf"[^\d{re.escape(sign)}]", "", cell).replace(sign, ".") for cell in cells)
    amounts = [
        amount for cell in plain_cells if re.fullmatch(r"\d+(\.\d*)?", cell) and (amount := float(cell))
    ]
    limit = _TOO_LARGE if made.currencies else _TOO_LARGE_IN_ANY
    if not amounts or not limit <= median(amounts) <= values.LARGEST_AMOUNT:
        return
    example = ", ".join(list(dict.fromkeys(cell.strip() for cell in cells))[:3])
    currency = f"amounts in {' and '.join(sorted(made.currencies))}" if made.currencies else "amounts"
    others = "" if made.currencies else "; if they are in rupiah, dong or the like, set the currency"
    made.say(
        "error",
        f"“{heading}” holds very large {currency} ({example}); they are read as whole units. If they are "
        f"millionths, call the column “{heading}_micros”; if they are cents, “{heading}_cents”{others}.",
    )


def _minor_units(source: Source, mapping: Mapping, currency: str | None) -> str:
    """Return SQL of how many minor units make one of a row's currency."""
    if currency or "currency" not in mapping.columns:
        return f"{MINOR_UNITS.get(currency or '', 100)}.0"
    code = f"upper(trim({source.cell(mapping.columns['currency'])}))"
    cases = " ".join(f"WHEN {literal(code)} THEN {n}.0" for code, n in MINOR_UNITS.items())
    return f"CASE {code} {cases} ELSE 100.0 END"


def usable(given: frozenset[str], kind: str = "event_type") -> dict[str, str]:
    """Return SQL of the amounts that can be used, by column; the others are unknown.

    Where one of the numbers that make up an amount can't be used, none of them is: revenue that can't be
    read must not be made up from a price, nor a quantity that can't be read be taken for one.
    """
    names = [name for name in AMOUNTS if name in given]
    fine = {name: f"({unusable(name, kind)}) IS NOT TRUE" for name in names}
    made = {name: f"CASE WHEN {fine[name]} THEN {name} END" for name in names}
    if "price" in given:
        needed = [fine["price"]]
        if "quantity" in given:
            needed.append(fine["quantity"])
        if "revenue" in given:
            needed.append(f"({fine['revenue']} OR {kind} <> '{EventType.PURCHASE}')")
        made["price"] = f"CASE WHEN {' AND '.join(needed)} THEN price END"
    return made


def unusable(name: str, kind: str = "event_type") -> str:
    """Return SQL of whether an amount of an event is absurd, marked unreadable, or wrongly below zero."""
    types = ", ".join(f"'{event_type}'" for event_type in _SIGNED[name])
    signed = f"({kind} IN ({types}) OR starts_with({kind}, '{UNSEEN}'))"
    return (
        f"{name} NOT BETWEEN -{values.LARGEST_AMOUNT:g} AND {values.LARGEST_AMOUNT:g} "
        f"OR ({name} < 0 AND NOT {signed})"
    )
