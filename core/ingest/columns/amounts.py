"""How the amounts of a file are written: decimal sign, unit, and the currency wherever it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from core.base.sql import literal
from core.ingest.base.assumptions import Assumption
from core.ingest.base.model import UNSEEN, Mapping
from core.ingest.cells import values
from core.ingest.cells.sniff import (
    are_numbers,
    currency_code,
    decimal_sign,
    is_in_doubt,
    may_be_cents,
    unit_of,
)
from core.ingest.cells.synonyms import (
    EVENT_COLUMNS,
    HEADING_CURRENCIES,
    LINE_TOTALS,
    MINOR_UNITS,
    SHARED_SIGNS,
    SMALL_UNITS,
)
from core.ingest.columns.codes import coded
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
#: How many of the smallest coin make one dinar.
_THOUSANDTHS = 1000
AMOUNTS = ("price", "quantity", "revenue")
MONEY = ("price", "revenue")
#: What of a cell is no number: its currency.
_SIGN = r"[\d.,'’\s\x{a0}\x{202f}\x{2009}+()−–-]"
#: Events whose amounts may be below zero: money given back, and things taken out.
_SIGNED = {
    "price": (EventType.PURCHASE,),
    "quantity": (EventType.PURCHASE, EventType.CART_ADD, EventType.CART_REMOVE, EventType.OTHER),
    "revenue": (EventType.PURCHASE, EventType.OTHER),
}


@dataclass(slots=True)
class AmountColumns:
    """SQL by canonical column of amounts, their currency if it is one, and what was assumed."""

    sql: dict[str, str] = field(default_factory=dict)
    currency: str | None = None
    assumptions: list[Assumption] = field(default_factory=list)

    def warn(self, text: str) -> None:
        """Remember what may be wrong."""
        self.assumptions.append(Assumption("warning", text))


def amount_columns(source: Source, mapping: Mapping, names: tuple[str, ...] = AMOUNTS) -> AmountColumns:
    """Work out how amounts (of events, or of session rows) are read, and in which currency they are."""
    made = AmountColumns()
    given = [name for name in names if name in mapping.columns]
    cells = {name: source.head.values(mapping.columns[name]) for name in given}
    currency = _of_file(source, mapping, {name: cells[name] for name in given if name != "quantity"}, made)
    _warn_of_twins(source, mapping, given, made)
    for name in given:
        others = [cell for other in cells.values() for cell in other]
        sign = decimal_of(source, mapping, cells[name], others)
        if currency in SMALL_UNITS and is_in_doubt(cells[name]) and mapping.decimal is None:
            sign = "," if any("." in cell for cell in cells[name]) else "."  # no price has thousandths of it
        if (
            MINOR_UNITS.get(currency or "") == _THOUSANDTHS
            and is_in_doubt(cells[name])
            and mapping.decimal is None
        ):
            sign = "." if any("." in cell for cell in cells[name]) else ","  # every price has
        read = values.amount(source.cell(mapping.columns[name]), sign)
        if name != "quantity" and MINOR_UNITS.get(currency or "") != _THOUSANDTHS:
            _warn_of_thousands(made, mapping.columns[name], cells[name], sign)
        if name != "quantity":
            read = _in_units(read, name, cells[name], source, mapping, currency, made)
        made.sql[name] = read
    if mapping.kind == "sessions" and mapping.format in (None, "session_rows") and "revenue" not in given:
        _warn_of_unread(source, mapping, made)
    if "currency" in made.sql and "currency" in mapping.columns and {"price", "revenue"} <= set(given):
        _keep_price_apart(source, mapping, made)
    if "price" in names and "revenue" not in given:
        _warn_of_amounts(mapping, made)
        _by_line(source, mapping, made)
    return made


def _warn_of_unread(source: Source, mapping: Mapping, made: AmountColumns) -> None:
    """Say which columns may hold what sessions paid where none is known to."""
    free = (name for name in source.names if name not in mapping.columns.values())
    paid = (name for name in free if _PAID & set(name_words(name)))
    if found := [name for name in paid if are_numbers(source.head.values(name))]:
        listed = ", ".join(f"“{name}”" for name in found)
        made.warn(f"{listed} may hold what was paid, but isn't read. Map it as revenue if it does.")


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
    dialect = source.head.dialect
    separator = dialect.separator if dialect else None
    return (
        mapping.decimal
        or decimal_sign(cells)
        or decimal_sign(others)
        or decimal_sign(cells, separator=separator)
        or "."
    )


def _warn_of_thousands(made: AmountColumns, name: str, cells: list[str], sign: str) -> None:
    if not is_in_doubt(cells):
        return
    example = next(cell.strip() for cell in cells if re.search(r"\d[.,]\d", cell))
    whole, mark, thousandths = re.findall(r"(\d{1,3})([.,])(\d{3})", example)[0]
    value = float(f"{whole}.{thousandths}" if mark == sign else whole + thousandths)
    made.warn(
        f"“{example}” in “{name}” could mean thousands or decimals; it is read as {value:,.6g}. "
        "Set the decimal sign if that is wrong."
    )


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
    if per_unit == 1:
        if may_be_cents(heading, cells, currency):
            example = ", ".join(list(dict.fromkeys(cell.strip() for cell in cells))[:3])
            made.warn(
                f"“{heading}” holds whole numbers that end as prices in cents do ({example}); they are "
                f"read as whole units. If they are cents, call the column “{heading}_cents”."
            )
        return read
    what = {100: "hundredths", 1_000_000: "millionths"}[per_unit]
    why = "its name says so" if by_heading else "all its numbers are whole multiples of 10,000"
    made.assumptions.append(
        Assumption("info" if by_heading else "warning", f"“{heading}” is read as {what} of a unit: {why}.")
    )
    return f"(({read}) / {_minor_units(source, mapping, currency) if per_unit == 100 else per_unit})"


def _minor_units(source: Source, mapping: Mapping, currency: str | None) -> str:
    """Return SQL of how many minor units make one of a row's currency."""
    if currency or "currency" not in mapping.columns:
        return f"{MINOR_UNITS.get(currency or '', 100)}.0"
    code = f"upper(trim({source.cell(mapping.columns['currency'])}))"
    cases = " ".join(f"WHEN {literal(code)} THEN {n}.0" for code, n in MINOR_UNITS.items())
    return f"CASE {code} {cases} ELSE 100.0 END"


def _of_file(
    source: Source, mapping: Mapping, money: dict[str, list[str]], made: AmountColumns
) -> str | None:
    """Find the currency where no column tells it: as given, in a cell's sign, in a heading."""
    if "currency" in mapping.columns and not _is_named(source, mapping, made):
        codes = {currency_code(cell) or cell for cell in source.head.values(mapping.columns["currency"])}
        return codes.pop() if len(codes) == 1 else None
    if made.currency:
        return made.currency
    if not money:
        return None
    signs = {name: _signs(cells) for name, cells in money.items()}
    found = {sign: code for each in signs.values() for sign in each if (code := currency_code(sign))}
    headings = {code for name in money if (code := heading_currency(mapping.columns[name]))}
    if len(headings) > 1:
        made.warn(f"Headings name several currencies ({', '.join(sorted(headings))}).")
    counts = [found[sign] for each in signs.values() for sign in each if sign in found]
    usual = max(sorted(set(counts)), key=counts.count, default=None)
    made.currency = mapping.currency or usual or min(headings, default=None)
    for sign in sorted(set(found) & set(SHARED_SIGNS)):
        text = f"Amounts with “{sign}” are taken for {found[sign]}; {SHARED_SIGNS[sign]} are written so too."
        made.assumptions.append(Assumption("info", text))
    if found:
        told = [sign_of(source.cell(mapping.columns[name])) for name in money if signs[name]]
        sign = f"coalesce({', '.join(told)})" if len(told) > 1 else told[0]
        code = coded(sign, list(found), currency_code)
        made.sql["currency"] = f"coalesce({code}, {literal(made.currency)})"
    elif made.currency:
        made.sql["currency"] = literal(made.currency)
    return made.currency if len(set(found.values())) < 2 else None


def _is_named(source: Source, mapping: Mapping, made: AmountColumns) -> bool:
    """Whether the name of the revenue says its currency, whatever the order's was: amounts were converted."""
    code = next(
        (heading_currency(mapping.columns[n]) for n in ("revenue", "price") if n in mapping.columns), None
    )
    label = mapping.columns["currency"]
    others = {currency_code(cell) or cell for cell in source.head.values(label)} - {code}
    if code is None or not others:
        return False
    made.currency, made.sql["currency"] = code, literal(code)
    made.warn(named_sentence(mapping.columns.get("revenue") or mapping.columns["price"], code, label, others))
    return True


def named_sentence(revenue: str, code: str, column: str, others: set[str]) -> str:
    """Say that the name of a column decides its currency, not the column of currencies beside it."""
    return (
        f"“{revenue}” is in {code} by its name, so the currencies in “{column}” "
        f"({', '.join(sorted(others)[:3])}) aren't read."
    )


def _keep_price_apart(source: Source, mapping: Mapping, made: AmountColumns) -> None:
    """Take a price whose name says no currency for unknown where it is in another one than the revenue."""
    if heading_currency(mapping.columns["price"]) is None:
        cell = f"upper(trim({source.cell(mapping.columns['currency'])}))"
        same = f"coalesce({cell}, {literal(made.currency)}) = {literal(made.currency)}"
        made.sql["price"] = f"CASE WHEN {same} THEN {made.sql['price']} END"


def _signs(cells: list[str]) -> list[str]:
    stripped = (re.sub(r"[\d.,'’\s\u00a0\u202f\u2009+()−–-]", "", cell) for cell in cells)
    return [sign for sign in stripped if sign and sign != "%"]


def sign_of(cell: str) -> str:
    """Return SQL of what a cell of an amount holds beside its number: its currency, or null."""
    return f"nullif(regexp_replace({cell}, {literal(_SIGN)}, '', 'g'), '')"


def heading_currency(name: str) -> str | None:
    """Return the currency a column's heading names: ``revenue_usd``, ``Price (EUR)``, ``Umsatz in €``."""
    for word in re.split(r"[^A-Za-z$€£¥]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)):
        if word.upper() in HEADING_CURRENCIES or word in ("$", "€", "£", "¥"):
            return currency_code(word)
    return None


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
