"""What was bought for how much: orders once each, discounts taken off, refunds apart.

Exports write an order in three ways: its total on every line, its total on the first line only, or an amount
on each line that adds up. Which it is is decided once for the whole export, from orders of several lines.
Afterwards the ``revenue`` of purchase events adds up to what was paid, and money given back is an event of
type ``other`` with a revenue below zero: it makes no buyer and no sale.
"""

from __future__ import annotations

from typing import NamedTuple

from core.base.written import counted, number
from core.ingest.base.database import one
from core.ingest.settling import order_numbers, order_repeats, order_returns, order_statuses, refund_columns
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import AMOUNT, GIVES_ALL_BACK, GOODS, MOMENT, OWNER, Log
from core.ingest.settling.order_repeats import CENT
from core.schema.events import EventType

_BOUGHT = f"event_type = '{EventType.PURCHASE}'"
FACTS = {
    "n_purchases": Fact("count(*)", _BOUGHT),
    "n_all_given_back": Fact("count(*)", GIVES_ALL_BACK),
    **order_numbers.FACTS,
    **order_statuses.FACTS,
    **refund_columns.FACTS,
}
#: Two orders of the same total in one session, this close, may be one that was sent twice.
_CLOSE = "INTERVAL 10 MINUTE"


def settle(log: Log) -> None:
    """Count each order once and make revenue add up."""
    if not log.facts["n_purchases"]:
        order_returns.drop_cancellations(log)
        return
    refund_columns.take_off(log)
    order_numbers.settle(log)
    order_statuses.settle(log)
    _collect(log)
    sales = _look(log)
    if sales.n_spellings < sales.n_numbers:
        order_numbers.spell_alike(log)
    refund_columns.add_up(log)
    if sales.n_spellings < sales.n_numbered:
        order_repeats.drop_repeated(log)
    if sales.n_negative:
        _find_returns(log)
    if sales.n_returns:
        _find_discounts(log)
    _group(log)
    # An order of one row without a discount or a return is what its row says.
    is_plain = sales.n_orders == sales.n and sales.n_spellings == sales.n_numbers
    is_plain = is_plain and not sales.n_negative and not sales.n_returns
    by_order = is_plain or _stands_for_order(log)
    _add_up(log, by_order=by_order)
    if not is_plain:
        _decide(log)
    order_returns.settle(log, by_order=by_order)
    _warn_of_totals(log)


class _Sales(NamedTuple):
    """How many purchase events and orders there are, and how many events have a number of theirs.

    ``n_numbers`` are the numbers, ``n_spellings`` those that differ in more than letter case.
    """

    n: int
    n_orders: int
    n_numbered: int
    n_numbers: int
    n_spellings: int
    n_negative: int
    n_returns: int


def _look(log: Log) -> _Sales:
    counts = one(
        log.connection,
        "SELECT count(*), count(DISTINCT whole), count(order_id), count(DISTINCT order_id), "
        f"count(DISTINCT {order_numbers.ALIKE}), count(*) FILTER (amount < 0), count(*) FILTER (is_return) "
        "FROM sales",
    )
    return _Sales(*(int(str(n)) for n in counts))


def _collect(log: Log) -> None:
    """Make the table ``sales`` of purchase events, each with its order and whether it gives money back."""
    paid_back, join = "false", ""
    if "unpaid" in log.tables:
        paid_back, join = "coalesce(status = 'refunded', false)", "LEFT JOIN unpaid USING (place)"
    log.execute(
        f"CREATE TEMP TABLE sales AS SELECT place, {OWNER} AS owner, visitor_id, {MOMENT} AS moment, "
        f'"order" AS rank, order_id, currency, product_id, price, quantity, revenue, {AMOUNT} AS amount, '
        f"coalesce('#' || order_id, concat({OWNER}, '@', {MOMENT})) AS whole, "
        f"coalesce(quantity < 0, false) AS is_return, {paid_back} AS is_paid_back "
        f"FROM {log.traded} {join} WHERE {_BOUGHT}"
    )


def _find_returns(log: Log) -> None:
    """Take what lowers an order only after it was placed for money given back."""
    log.execute(
        "UPDATE sales SET is_return = true FROM (SELECT whole, max(moment) AS placed FROM sales "
        "WHERE NOT is_return AND coalesce(amount, 0) >= 0 GROUP BY 1) AS positive "
        "WHERE sales.whole = positive.whole AND sales.amount < 0 AND sales.moment > placed"
    )


def _find_discounts(log: Log) -> None:
    """Take a piece less of what an order doesn't have, placed with it, for a discount: ``COUPON``, −1."""
    log.connection.execute(
        "UPDATE sales SET is_return = false FROM (SELECT whole, max(moment) AS placed, "
        "list(product_id) AS products FROM sales WHERE NOT is_return AND coalesce(amount, 0) >= 0 "
        "GROUP BY 1) AS positive WHERE sales.whole = positive.whole AND sales.is_return AND sales.amount < 0 "
        "AND sales.order_id IS NOT NULL AND sales.product_id IS NOT NULL "
        "AND sales.moment = placed AND NOT list_contains(products, sales.product_id)"
    )


def _group(log: Log) -> None:
    """Make the table ``orders``: one row an order of what it consists of, returns and discounts aside."""
    plain = "NOT is_return AND coalesce(amount, 0) >= 0"
    own = f"abs(revenue - {GOODS}) < {CENT}"
    head = "product_id IS NULL AND revenue IS NOT NULL"
    log.execute(
        f"CREATE TEMP TABLE orders AS SELECT whole, min(owner) AS owner, min(moment) AS moment, "
        f"any_value(order_id) AS order_id, min(coalesce(visitor_id, owner)) AS who, "
        f"count(*) FILTER ({plain}) AS lines, "
        f"count(revenue) FILTER ({plain}) AS n_told, min(revenue) FILTER ({plain}) AS lowest, "
        f"max(revenue) FILTER ({plain}) AS highest, "
        f"CASE WHEN count(price) FILTER ({plain}) = count(*) FILTER ({plain}) "
        f"THEN sum({GOODS}) FILTER ({plain}) END AS goods, "
        f"count(*) FILTER ({plain} AND {own}) AS n_own, sum(amount) FILTER ({plain}) AS summed, "
        f"max(revenue) FILTER ({plain} AND {head}) AS headed, "
        f"count(product_id) FILTER ({plain} AND amount IS NULL) AS n_unpriced, "
        f"count(product_id) FILTER ({plain}) AS n_products, min(product_id) AS product_id, "
        f"sum(amount) FILTER (NOT is_return AND amount < 0) AS discount, "
        f"sum(revenue) FILTER (NOT is_return AND revenue < 0) AS discount_told FROM sales GROUP BY whole"
    )


def _stands_for_order(log: Log) -> bool:
    """Whether ``revenue`` is an order's total rather than a line's, by what most orders say."""
    # A total is closer to what all goods are worth than to what it would be if every line had paid it.
    same = (
        f"n_told = lines AND highest - lowest < {CENT} AND n_own < lines AND "
        f"(goods IS NULL OR abs(highest - goods) <= abs(highest * lines - goods))"
    )
    first = "n_told = 1 AND n_own = 0 AND (goods IS NULL OR highest >= goods / lines)"
    total, line, unsure = one(
        log.connection,
        f"SELECT count(*) FILTER ({same} OR {first}), "
        f"count(*) FILTER (n_told > 0 AND NOT ({same} OR {first})), "
        f"count(*) FILTER ({same} AND goods IS NULL) FROM orders WHERE lines > 1 AND n_told > 0 "
        f"AND headed IS NULL",
    )
    n_total, n_line, n_unsure = (int(str(n)) for n in (total, line, unsure))
    if n_total + n_line == 0:
        return True
    by_order, n_other = n_total > n_line, min(n_total, n_line)
    meaning = "the total of its order and counts once" if by_order else "the amount of its line and adds up"
    sentence = f"In {counted(n_total + n_line, 'order')} of several lines, “revenue” is {meaning}"
    if n_other:
        log.say("warning", f"{sentence}; {counted(n_other, 'order')} could be read the other way.")
    elif by_order and n_unsure:
        log.say(
            "warning", f"{sentence}, because all lines of an order have the same amount and none has a price."
        )
    else:
        log.say("info", f"{sentence}.")
    return by_order


def _add_up(log: Log, *, by_order: bool) -> None:
    """Make the table ``totals``: each of ``orders`` with what it paid in ``total``."""
    # A row without a product beside rows of products is the order itself.
    # A discount with revenue of its own beside a single line lowers it; a total on several lines is net.
    whole = (
        f"WHEN n_told = lines AND highest - lowest < {CENT} OR n_told = 1 "
        "THEN highest + CASE WHEN lines = 1 AND is_discounted THEN coalesce(discount_told, 0) ELSE 0 END"
    )
    total = (
        "CASE WHEN headed IS NOT NULL AND n_products > 0 THEN headed "
        f"{whole if by_order else ''} WHEN is_discounted THEN greatest(summed + discount, 0.0) "
        "ELSE summed END"
    )
    # A discount takes off what was paid at the same time; more than that, or alone, it is a refund.
    log.execute(
        f"CREATE TEMP TABLE totals AS SELECT *, {total} AS total, n_unpriced > 0 AND headed IS NULL AND "
        f"coalesce(summed > 0, false){' AND n_told = 0' if by_order else ''} AS is_short FROM (SELECT *, "
        f"coalesce(lines > 0 AND summed + discount >= -{CENT}, false) AS is_discounted FROM orders)"
    )


def _decide(log: Log) -> None:
    """Put what each order paid on its first event, nothing on its others, and refunds apart."""
    back = "s.is_return OR coalesce(s.amount < 0 AND NOT t.is_discounted, false)"
    touched = "t.lines > 1 OR t.discount IS NOT NULL OR s.is_return"
    first = "ORDER BY amount < 0, moment, rank, product_id, amount DESC, place"
    log.execute(
        f"CREATE TEMP TABLE settled_sales AS SELECT place, CASE WHEN gives_back THEN '{EventType.OTHER}' "
        f"ELSE '{EventType.PURCHASE}' END AS event_type, CASE WHEN gives_back THEN "
        f"-abs(amount) WHEN row_number() OVER (PARTITION BY whole, gives_back {first}) = 1 THEN "
        "total WHEN total IS NOT NULL THEN 0.0 END AS paid "
        f"FROM (SELECT s.*, t.total, {back} AS gives_back "
        "FROM sales s JOIN totals t USING (whole) "
        f"WHERE {touched})"
    )
    if not log.count("SELECT count(*) FROM settled_sales"):
        return
    log.new_columns |= {"revenue"}
    found = "settled.place IS NOT NULL"
    log.replace(
        {
            "event_type": "coalesce(settled.event_type, e.event_type)",
            "revenue": f"CASE WHEN {found} THEN settled.paid ELSE e.revenue END",
            "price": f"CASE WHEN {found} AND (e.price < 0 OR settled.event_type = '{EventType.OTHER}' OR "
            "settled.paid IS NULL) THEN NULL ELSE e.price END",
            "quantity": f"CASE WHEN {found} AND e.quantity < 0 THEN NULL ELSE e.quantity END",
        },
        "LEFT JOIN settled_sales settled USING (place)",
    )
    n = log.count(f"SELECT count(*) FROM settled_sales WHERE event_type = '{EventType.OTHER}'")
    if n:
        log.say(
            "warning",
            "1 refund is counted separately, not as a sale."
            if n == 1
            else f"{counted(n, 'refund')} are counted separately, not as sales.",
        )
    n = log.count("SELECT count(*) FROM totals WHERE is_discounted AND discount < 0")
    if n:
        log.say("info", f"Discounts lower the revenue of {counted(n, 'order')}.")


def _warn_of_totals(log: Log) -> None:
    """Say how many orders have no amount or not that of all products, and which look like one sent twice."""
    n, n_paid, n_short, n_unnumbered = (
        int(str(n))
        for n in one(
            log.connection,
            "SELECT count(*) FILTER (lines > 0), count(total) FILTER (lines > 0), "
            "count(*) FILTER (is_short), count(*) FILTER (order_id IS NULL AND total > 0) FROM totals",
        )
    )
    if n_unnumbered > 1:
        _warn_of_equal_totals(log)
    if not {"price", "revenue"} & log.report.told.columns:
        return
    if n > n_paid:
        without = f"{number(n - n_paid)} of {counted(n, 'purchase')}" if n_paid else counted(n, "purchase")
        log.say(
            "warning",
            f"{without} without an amount: revenue is unknown. If a column holds what was paid, map it as "
            "revenue.",
        )
    if n_short:
        log.say(
            "warning",
            f"{counted(n_short, 'order')} with products that have no amount: the revenue is that of the "
            "others.",
        )


def _warn_of_equal_totals(log: Log) -> None:
    """Say where orders without a number look like one that was sent twice."""
    n = log.count(
        f"SELECT count(*) FROM (SELECT moment, lag(moment) OVER (PARTITION BY owner, total, product_id "
        f"ORDER BY moment) AS before FROM totals WHERE order_id IS NULL AND total > 0) "
        f"WHERE moment <= before + {_CLOSE}"
    )
    if n:
        log.say(
            "warning",
            f"{counted(n, 'purchase')} {'repeats' if n == 1 else 'repeat'} the total of another in the same "
            "session within ten minutes. Without order numbers both count; map the order number if there is "
            "one.",
        )
