"""The currencies of session rows: what each row's amounts are in, never added up to those in another."""

from __future__ import annotations

from collections.abc import Mapping

from core.base.sql import literal
from core.base.written import counted, decimals
from core.ingest.base.assumptions import Money
from core.ingest.base.model import conversion, main_currency
from core.ingest.cells import values
from core.ingest.cells.sniff import currency_code
from core.ingest.columns.currencies import heading_currency, named_sentence, sign_of
from core.ingest.files.source import ROW
from core.ingest.formats.guess import currency_column
from core.ingest.session_reading import SessionReading
from core.ingest.settling.currencies import taken_for, unknown
from core.ingest.settling.log import listed
from core.ingest.settling.refunds import NO_VISIT

#: Columns of money in a session row.
MONEY = ("revenue", "price_mean", "price_max", "cart_value")
#: SQL of the currency of what a row paid; null where it paid nothing, empty where nothing says it.
PAID_IN = "CASE WHEN isfinite(revenue) AND revenue <> 0 THEN coalesce(currency, '') END"


def mark_currencies(reading: SessionReading) -> None:
    """Note in ``staged`` in which currency a row's amounts are: as a column says, or else their own signs.

    Known before rows are put together, so that no sum is of several. Null is whatever the others are in.
    """
    column = currency_column(reading.source.head, reading.mapping.columns.values())
    reading.connection.execute("ALTER TABLE staged ADD COLUMN currency VARCHAR")
    if column is None or _is_named(reading, column) or not _mark(reading, reading.source.cell(column)):
        _mark_by_signs(reading)
    else:
        _fill_by_signs(reading)


def _mark(reading: SessionReading, cell: str) -> bool:
    """Note the currencies that cells or signs stand for; return whether there are any."""
    found = reading.connection.execute(
        f"SELECT DISTINCT {cell} FROM staged WHERE {cell} IS NOT NULL"
    ).fetchall()
    codes = {value: currency_code(value) or value.strip() for (value,) in found}
    cases = " ".join(f"WHEN {literal(value)} THEN {literal(code)}" for value, code in codes.items() if code)
    if cases:
        reading.connection.execute(f"UPDATE staged SET currency = CASE {cell} {cases} END")
    return bool(cases)


def _mark_by_signs(reading: SessionReading) -> None:
    """Note the currency whose sign stands beside a row's amounts; one that is set stands for a lone sign."""
    names = [name for name in MONEY if name in reading.mapping.columns]
    signs = _signs(reading)
    if not signs:
        return
    told = f"coalesce({', '.join((*signs.values(), 'NULL'))})"
    found = reading.connection.execute(f"SELECT DISTINCT {told} FROM staged").fetchall()
    codes = {code for (sign,) in found if sign and (code := currency_code(sign))}
    headings = (heading_currency(reading.mapping.columns[name]) for name in names)
    usual = reading.mapping.currency or next((code for code in headings if code), None)
    if not codes or (reading.mapping.currency and len(codes) == 1):
        reading.currency = usual
        return
    _mark(reading, told)
    if usual:
        reading.connection.execute(f"UPDATE staged SET currency = {literal(usual)} WHERE currency IS NULL")
    _set_unlike_apart(reading, signs)


def _signs(reading: SessionReading) -> dict[str, str]:
    """Return SQL of what stands beside each of a row's amounts."""
    return {
        name: f"CASE WHEN isfinite({name}) AND try_cast({reading.cell(name)} AS DOUBLE) IS NULL "
        f"THEN {sign_of(reading.cell(name))} END"
        for name in MONEY
        if name in reading.mapping.columns
    }


def _fill_by_signs(reading: SessionReading) -> None:
    """Note the currency of rows whose column of currencies says nothing, by known signs."""
    for sign in _signs(reading).values():
        found = reading.connection.execute(
            f"SELECT DISTINCT {sign} FROM staged WHERE currency IS NULL"
        ).fetchall()
        codes = {text: code for (text,) in found if text and (code := currency_code(text))}
        cases = " ".join(f"WHEN {literal(text)} THEN {literal(code)}" for text, code in codes.items())
        if cases:
            reading.connection.execute(
                f"UPDATE staged SET currency = CASE {sign} {cases} END WHERE currency IS NULL"
            )


def _set_unlike_apart(reading: SessionReading, signs: Mapping[str, str]) -> None:
    """Take amounts for unknown that carry another sign than the first amount of their row."""
    first = f"coalesce({', '.join(signs.values())}, '')"
    for name, sign in list(signs.items())[1:]:
        n = reading.count(f"SELECT count(*) FROM staged WHERE {sign} <> {first} AND {name} <> 0")
        if n:
            reading.connection.execute(f"UPDATE staged SET {name} = NULL WHERE {sign} <> {first}")
            reading.say(
                "warning",
                f"{counted(n, 'session')} with another currency in “{reading.label(name)}” than in its other "
                "amounts, where it counts as unknown.",
            )


def settle_currencies(reading: SessionReading, given: set[str]) -> None:
    """Find the main currency, and keep amounts in any other unknown or convert them."""
    known, why = _known(reading, given)
    wanted, rates = conversion(
        reading.mapping, currency=reading.settings.currency, rates=reading.settings.rates
    )
    if known:
        reading.currency = main_currency(known, wanted, rates)
    _settle_bare(reading, given, known)
    _add_up(reading, given)
    others = [code for code in known if code != reading.currency]
    money = [name for name in MONEY if name in given]
    if others and money:
        _keep_apart(reading, money, others, rates, why if reading.currency == known[0] else "as set")


def _settle_bare(reading: SessionReading, given: set[str], known: list[str]) -> None:
    """Take amounts without a currency for that of all others, or for unknown where those are in several."""
    money = [name for name in MONEY if name in given]
    if not known or not money:
        return
    some = " OR ".join(f"(isfinite({name}) AND {name} <> 0)" for name in money)
    bare = f"currency IS NULL AND ({some})"
    n = reading.count(
        f"SELECT count(*) FROM staged WHERE {bare} AND {ROW} NOT IN (SELECT {ROW} FROM refused)"
    )
    if not n:
        return
    if len(known) == 1:
        reading.say("info", taken_for(n, known[0]))
        return
    made = ", ".join(f"{name} = CASE WHEN {name} = 0 THEN 0 END" for name in money)
    reading.connection.execute(f"UPDATE staged SET {made}, refunded = NULL WHERE {bare}")
    reading.say("error", unknown(n, known))


def _known(reading: SessionReading, given: set[str]) -> tuple[list[str], str]:
    """Return the currencies that amounts are in, that of most orders first, and why that one is."""
    signs = {"purchased": "purchased", "revenue": "revenue > 0"}
    bought = " AND ".join(sql for name, sql in signs.items() if name in given) or "false"
    rows = reading.connection.execute(
        f"SELECT currency, count(*) FILTER ({bought}) AS orders FROM staged WHERE currency IS NOT NULL "
        "GROUP BY 1 ORDER BY orders DESC, count(*) DESC, 1"
    ).fetchall()
    known = [str(code) for code, _ in rows]
    return known, f"that of most {'orders' if any(orders for _, orders in rows) else 'sessions'}"


def _is_named(reading: SessionReading, column: str) -> bool:
    """Whether the name of the revenue says its currency, whatever the order's was: amounts were converted."""
    label = reading.label("revenue")
    named = heading_currency(label)
    others = {currency_code(cell) or cell for cell in reading.source.head.values(column)} - {named}
    if named is None or not others:
        return False
    reading.say("warning", named_sentence(label, named, column, others))
    return True


def _add_up(reading: SessionReading, given: set[str]) -> None:
    if "revenue" not in given:
        return
    bought = "purchased IS DISTINCT FROM false" if "purchased" in given else "true"
    rows = reading.connection.execute(
        f"SELECT coalesce(currency, $1) AS code, count(*) FILTER (revenue > 0 AND {bought}), "
        f"coalesce(sum(revenue) FILTER (NOT ({values.unusable('revenue')}) AND {bought}), 0), "
        "coalesce(sum(refunded), 0) "
        f"FROM staged WHERE {ROW} NOT IN (SELECT {ROW} FROM refused WHERE reason <> {literal(NO_VISIT)}) "
        "GROUP BY 1 "
        "ORDER BY code IS DISTINCT FROM $1, 3 DESC, 1",
        [reading.currency],
    ).fetchall()
    reading.money = tuple(
        Money(currency=currency, orders=orders, gross=round(gross, 6), refunded=round(refunded, 6))
        for currency, orders, gross, refunded in rows
        if orders or refunded
    )


def _keep_apart(
    reading: SessionReading,
    money: list[str],
    others: list[str],
    given: Mapping[str, float],
    why: str,
) -> None:
    rates = {other: rate for other, rate in sorted(given.items()) if other in others}
    factor = "CASE currency " + " ".join(f"WHEN {literal(c)} THEN {r!r}" for c, r in rates.items()) + " END"
    foreign = f"currency <> {literal(reading.currency or '')}"
    rate = factor if rates else "CAST(NULL AS DOUBLE)"
    # Nothing is nothing in every currency.
    made = ", ".join(f"{name} = CASE WHEN {name} = 0 THEN 0 ELSE {name} * {rate} END" for name in money)
    reading.connection.execute(f"UPDATE staged SET {made} WHERE {foreign}")
    if rates:
        told = ", ".join(f"1 {other} = {rate:g} {reading.currency}" for other, rate in rates.items())
        reading.say("warning", f"Amounts are converted into {reading.currency} at the rates given: {told}.")
    left = [other for other in others if other not in rates]
    if left:
        sums = ", ".join(f"{decimals(m.gross, 2)} {m.currency}" for m in reading.money)
        reading.say(
            "warning",
            f"Amounts are in several currencies, which are never added up{f': {sums}' if sums else ''}. "
            f"Sessions' amounts are in {reading.currency}, {why}; those in {listed(left, 8)} count as "
            "unknown until rates are given.",
        )
