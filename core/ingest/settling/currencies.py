"""Amounts in several currencies are never one sum: they are kept apart, or converted at rates given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.base.sql import literal
from core.base.written import agree, counted, decimals
from core.ingest.base.assumptions import Money
from core.ingest.base.model import conversion, main_currency
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import AMOUNT, MOMENT, OWNER, Log, listed
from core.schema.events import EventType

FACTS = {
    # One or several: counting which costs more than is needed where there is one.
    "n_currencies": Fact("CASE WHEN min(currency) < max(currency) THEN 2 ELSE count(currency) > 0 END"),
    "n_bare_amounts": Fact("count(*)", "currency IS NULL AND (price <> 0 OR revenue <> 0)"),
    "is_given_back": Fact("CAST(coalesce(min(revenue) < 0, false) AS INT)"),
}
_AMOUNTS = ("price", "revenue")
_ORDER = f"coalesce('#' || order_id, concat({OWNER}, '@', {MOMENT}))"


def settle(log: Log) -> None:
    """Add up orders by currency; leave sessions' amounts in one of them."""
    codes, why = _codes(log) if log.facts["n_currencies"] else ([], "")
    wanted, rates = conversion(log.mapping, currency=log.settings.currency, rates=log.settings.rates)
    if codes:
        log.currency = main_currency(codes, wanted, rates)
        why = why if log.currency == codes[0] else "as set"
    n_bare = log.facts["n_bare_amounts"] if codes else 0
    if n_bare and len(codes) > 1:
        _set_bare_apart(log, codes)
    elif n_bare:
        log.say("info", taken_for(n_bare, codes[0]))
    _add_up(log, is_one=len(codes) < 2)
    others = [code for code in codes if code != log.currency]
    if others:
        _keep_apart(log, others, rates, why)


def _codes(log: Log) -> tuple[list[str], str]:
    """Return the currencies that amounts are in, that of most orders first, and why that one is."""
    if log.facts["n_currencies"] == 1:
        found = log.execute(f"SELECT any_value(currency) FROM {log.live}").fetchall()
        return [str(code) for (code,) in found if code is not None], ""
    bought = (
        f"SELECT currency, count(DISTINCT {_ORDER}) AS orders FROM {log.traded} WHERE "
        f"event_type = '{EventType.PURCHASE}' AND {AMOUNT} IS NOT NULL GROUP BY 1"
    )
    query = (
        f"SELECT currency, coalesce(orders, 0), count(coalesce(price, revenue)) AS n FROM {log.live} "
        f"LEFT JOIN ({bought}) USING (currency) WHERE currency IS NOT NULL "
        "GROUP BY ALL ORDER BY 2 DESC, n DESC, count(*) DESC, 1"
    )
    rows = log.execute(query).fetchall()
    codes = [str(code) for code, _, n in rows if n] or [str(code) for code, *_ in rows[:1]]
    is_tied = len(rows) > 1 and rows[0][1] == rows[1][1]
    return codes, "one of those of most orders" if is_tied and rows[0][1] else (
        f"that of most {'orders' if rows[0][1] else 'amounts'}"
    )


def taken_for(n: int, code: str) -> str:
    """Say how many amounts have no currency where all others are in one."""
    what = f"{counted(n, 'amount')} without a currency {agree(n, 'is', 'are')}"
    return f"{what} taken for {code}, as all others are."


def unknown(n: int, codes: Iterable[str]) -> str:
    """Say how many amounts have no currency where others are in several."""
    return (
        f"{counted(n, 'amount')} {agree(n, 'has', 'have')} no currency, beside others in "
        f"{listed(sorted(codes), 8)}: {agree(n, 'it counts', 'they count')} as unknown. Fill in the currency "
        "of each amount in the export."
    )


def _set_bare_apart(log: Log, codes: list[str]) -> None:
    """Take amounts without a currency for unknown; in red where they were paid, or given back."""
    bare = "currency IS NULL AND (price <> 0 OR revenue <> 0)"
    n_traded = log.count(f"SELECT count(*) FROM {log.traded} WHERE {bare}")
    n = log.count(f"SELECT count(*) FROM {log.live} WHERE {bare}")
    if n:
        known = "e.currency IS NOT NULL"
        log.replace({name: f"CASE WHEN {known} OR e.{name} = 0 THEN e.{name} END" for name in _AMOUNTS})
        log.say("error" if n_traded else "warning", unknown(n, codes))


def _add_up(log: Log, *, is_one: bool) -> None:
    bought = f"event_type = '{EventType.PURCHASE}'"
    if not log.facts["n_purchases"] and not log.facts["is_given_back"]:
        return  # what gives a whole order back needs the order
    back, join = "0", ""
    if "paid_back" in log.tables:
        back, join = "coalesce(sum(paid_back.amount), 0)", "LEFT JOIN paid_back USING (place)"
    rows = log.execute(
        f"SELECT coalesce(currency, $1) AS code, count({AMOUNT}), "
        f"count(DISTINCT {_ORDER}) FILTER ({bought}), coalesce(sum({AMOUNT}) FILTER ({bought}), 0), "
        f"coalesce(-sum(revenue) FILTER (NOT {bought}), 0) + {back} FROM {log.traded} {join} "
        f"WHERE ({bought} OR (event_type = '{EventType.OTHER}' AND revenue < 0)) "
        f"AND ({'true' if is_one else f'currency IS NOT NULL OR {AMOUNT} IS NOT NULL'}) GROUP BY 1 "
        "ORDER BY code IS DISTINCT FROM $1, 4 DESC, 1",
        [log.currency],
    ).fetchall()
    log.money = tuple(
        Money(currency=code, orders=orders, gross=round(gross, 6), refunded=round(refunded, 6))
        for code, n_amounts, orders, gross, refunded in rows
        if n_amounts
    )
    if any(money.refunded for money in log.money):
        log.say(
            "info",
            "“Revenue” is what orders paid, before refunds: "
            + "; ".join(
                f"{_written(m.gross, m.currency)} paid, {_written(m.refunded, m.currency)} refunded, "
                f"{_written(m.net, m.currency)} net"
                for m in log.money
            )
            + ".",
        )


def _written(amount: float, currency: str | None) -> str:
    return f"{decimals(amount, 2)} {currency or ''}".rstrip()


def _keep_apart(log: Log, others: list[str], given: Mapping[str, float], why: str) -> None:
    rates = {code: rate for code, rate in sorted(given.items()) if code in others}
    main = literal(log.currency)
    factor = "CASE e.currency " + " ".join(f"WHEN {literal(c)} THEN {r!r}" for c, r in rates.items()) + " END"
    if not rates:
        factor = "CAST(NULL AS DOUBLE)"
    foreign = f"e.currency <> {main}"
    made = {name: f"CASE WHEN {foreign} THEN e.{name} * {factor} ELSE e.{name} END" for name in _AMOUNTS}
    made["currency"] = f"CASE WHEN {foreign} AND {factor} IS NOT NULL THEN {main} ELSE e.currency END"
    log.replace(made)
    if rates:
        told = ", ".join(f"1 {code} = {rate:g} {log.currency}" for code, rate in rates.items())
        log.say("warning", f"Amounts are converted into {log.currency} at the rates given: {told}.")
    left = [code for code in others if code not in rates]
    if left:
        sums = ", ".join(_written(m.gross, m.currency) for m in log.money)
        log.say(
            "warning",
            f"Amounts are in several currencies ({listed([log.currency, *others], 8)}), which are never "
            f"added up{f': {sums}' if sums else ''}. Sessions' amounts are in {log.currency}, {why}; those "
            f"in {listed(left, 8)} count as unknown until rates are given.",
        )
