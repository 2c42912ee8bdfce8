"""What was bought for how much: orders once each, discounts taken off, refunds apart.

Exports write an order in three ways: its total on every line, its total on the first line only, or an amount
on each line that adds up. Which it is is decided once for the whole export, from orders of several lines.
Afterwards the ``revenue`` of purchase events adds up to what was paid, and money given back is an event of
type ``other`` with a revenue below zero: it makes no buyer and no sale.
"""

from __future__ import annotations

from core.ingest.base.database import one
from core.ingest.settling.log import GIVES_ALL_BACK, MOMENT, OWNER, Log, counted, fact
from core.ingest.settling.survey import SPOILT
from core.schema.events import EventType

REPEATED = "Its order is already in the export."
REFUNDED_TWICE = "Its refund is already in the export."
_BOUGHT = f"event_type = '{EventType.PURCHASE}'"
FACTS = {
    "n_purchases": fact("count(*)", _BOUGHT),
    "n_spoilt_orders": fact("count(*)", SPOILT.format("order_id")),
    "n_all_given_back": fact("count(*)", GIVES_ALL_BACK),
    "n_unpaid": fact("count(*)", "order_status IN ('cancelled', 'refunded')"),
}
#: What a row says it was paid for, and for how much goods stand in it at their price.
_GOODS = "price * coalesce(quantity, 1)"
_AMOUNT = f"coalesce(revenue, {_GOODS})"
_CENT = 0.005
#: Two orders of the same total in one session, this close, may be one that was sent twice.
_CLOSE = "INTERVAL 10 MINUTE"


def settle(log: Log) -> None:
    """Count each order once and make revenue add up."""
    if not log.facts["n_purchases"]:
        return
    if log.facts["n_unpaid"]:
        _set_apart_unpaid(log)
    else:
        log.connection.execute("CREATE TEMP TABLE unpaid (place BIGINT, status VARCHAR)")
    if log.facts["n_spoilt_orders"]:
        log.replace({"order_id": f"CASE WHEN NOT ({SPOILT.format('e.order_id')}) THEN e.order_id END"})
        log.say(
            "error",
            f"{counted(log.facts['n_spoilt_orders'], 'order number')} lost digits in a spreadsheet "
            "(1.23457E+12), so events are matched to orders by session and time. Export again without "
            "opening the file in a spreadsheet.",
        )
    _collect(log)
    _spell_alike(log)
    _drop_repeated(log)
    _find_returns(log)
    _group(log)
    by_order = _stands_for_order(log)
    _decide(log, by_order=by_order)
    _give_back(log)
    _warn_of_equal_totals(log)
    _warn_of_no_totals(log)


def _set_apart_unpaid(log: Log) -> None:
    """Take orders that were cancelled or failed for no purchases, and mark those that were paid back.

    An order's latest status holds for all of its rows. What was paid back is known once it is known what the
    rows of an order stand for.
    """
    log.connection.execute(
        f"CREATE TEMP TABLE unpaid AS SELECT place, status FROM (SELECT place, "
        f'CASE WHEN order_id IS NULL THEN order_status ELSE arg_max(order_status, ({MOMENT}, "order")) '
        f"FILTER (order_status IS NOT NULL) OVER (PARTITION BY order_id) END AS status, event_type "
        f"FROM {log.live}) WHERE {_BOUGHT} AND status IN ('cancelled', 'refunded')"
    )
    cancelled = "unpaid.status = 'cancelled'"
    log.replace(
        {
            "event_type": f"CASE WHEN {cancelled} THEN '{EventType.OTHER}' ELSE e.event_type END",
            "revenue": f"CASE WHEN {cancelled} THEN NULL ELSE e.revenue END",
            "price": f"CASE WHEN {cancelled} THEN NULL ELSE e.price END",
        },
        "LEFT JOIN unpaid USING (place)",
    )
    for status, meaning in (
        ("cancelled", "were cancelled, failed or not paid yet"),
        ("refunded", "were paid back"),
    ):
        n = log.count(f"SELECT count(*) FROM unpaid WHERE status = '{status}'")
        if n:
            log.say(
                "warning",
                f"{counted(n, 'order event')} {meaning if n > 1 else meaning.replace('were', 'was')} and "
                f"{'is' if n == 1 else 'are'} no purchase.",
            )


def _collect(log: Log) -> None:
    """Make the table ``sales`` of purchase events, each with its order and whether it gives money back."""
    log.connection.execute(
        f"CREATE TEMP TABLE sales AS SELECT place, {OWNER} AS owner, visitor_id, {MOMENT} AS moment, "
        f'"order" AS rank, order_id, currency, product_id, price, quantity, revenue, {_AMOUNT} AS amount, '
        f"coalesce('#' || order_id, concat({OWNER}, '@', {MOMENT})) AS whole, "
        f"coalesce(quantity < 0, false) AS is_return, coalesce(status = 'refunded', false) AS is_paid_back "
        f"FROM {log.traded} LEFT JOIN unpaid USING (place) WHERE {_BOUGHT}"
    )


def _spell_alike(log: Log) -> None:
    """Take numbers that differ in letter case only for one order where visitor, lines and amount agree."""
    log.connection.execute(
        "CREATE TEMP TABLE respelt AS SELECT order_id, first_value(order_id) OVER (PARTITION BY "
        "lower(order_id), whose, lines, total ORDER BY placed, order_id) AS usual FROM (SELECT order_id, "
        "min(coalesce(visitor_id, owner)) AS whose, count(*) AS lines, round(sum(amount), 2) AS total, "
        "min(moment) AS placed FROM sales WHERE lower(order_id) IN (SELECT lower(order_id) FROM sales "
        "GROUP BY 1 HAVING min(order_id) <> max(order_id)) GROUP BY 1)"
    )
    log.connection.execute(
        "UPDATE sales SET order_id = usual, whole = '#' || usual FROM respelt "
        "WHERE sales.order_id = respelt.order_id AND usual <> respelt.order_id"
    )


def _drop_repeated(log: Log) -> None:
    """Leave out purchase events of an order that stood there before, however much later they came.

    Lines of one order may come one by one: a line is a repetition if its product, or an order as a whole,
    was there before. A number that another visitor has with another amount is another order.
    """
    if not log.count("SELECT count(order_id) FROM sales"):
        return
    of_order = "PARTITION BY order_id ORDER BY moment, rank, amount DESC, owner, place"
    line = "PARTITION BY order_id, product_id ORDER BY moment, rank, amount DESC, owner, place"
    log.connection.execute(
        f"CREATE TEMP TABLE repeated AS SELECT place FROM (SELECT *, "
        f"first_value(visitor_id) OVER ({of_order}) AS first_visitor, "
        f"first_value(amount) OVER ({of_order}) AS first_amount, "
        f"first_value(moment) OVER ({of_order}) AS first_moment, "
        f"first_value(moment) OVER ({line}) AS line_moment, row_number() OVER ({line}) AS copy, "
        f"row_number() OVER (PARTITION BY order_id, product_id, moment, price, quantity, revenue "
        f"ORDER BY owner, place) AS same FROM sales WHERE order_id IS NOT NULL AND NOT is_return "
        f"AND coalesce(amount, 0) >= 0) WHERE "
        f"(same > 1 OR line_moment < moment OR (copy > 1 AND moment IS NULL) "
        f"OR (product_id IS NULL AND first_moment < moment)) "
        f"AND NOT coalesce(visitor_id <> first_visitor AND amount <> first_amount, false)"
    )
    n_orders = log.count("SELECT count(DISTINCT order_id) FROM sales JOIN repeated USING (place)")
    log.drop("SELECT place FROM repeated", REPEATED)
    log.connection.execute("DELETE FROM sales WHERE place IN (SELECT place FROM repeated)")
    # The same number with another visitor and another amount is an order of its own.
    log.connection.execute(
        "UPDATE sales SET whole = concat(whole, '@', visitor_id) WHERE order_id IN (SELECT order_id "
        "FROM sales GROUP BY order_id HAVING min(visitor_id) <> max(visitor_id))"
    )
    if n_orders:
        log.say("info", f"{counted(n_orders, 'order')} sent more than once; each counts once.")


def _find_returns(log: Log) -> None:
    """Take what lowers an order only after it was placed for money given back."""
    log.connection.execute(
        "UPDATE sales SET is_return = true FROM (SELECT whole, max(moment) AS placed FROM sales "
        "WHERE NOT is_return AND coalesce(amount, 0) >= 0 GROUP BY 1) AS positive "
        "WHERE sales.whole = positive.whole AND sales.amount < 0 AND sales.moment > placed"
    )


def _group(log: Log) -> None:
    """Make the table ``orders``: one row an order of what it consists of, returns and discounts aside."""
    plain = "NOT is_return AND coalesce(amount, 0) >= 0"
    own = f"abs(revenue - {_GOODS}) < {_CENT}"
    head = "product_id IS NULL AND revenue IS NOT NULL"
    log.connection.execute(
        f"CREATE TEMP TABLE orders AS SELECT whole, min(owner) AS owner, min(moment) AS moment, "
        f"any_value(order_id) AS order_id, bool_or(is_paid_back) AS is_paid_back, count(*) FILTER ({plain}) "
        f"AS lines, "
        f"count(revenue) FILTER ({plain}) AS n_told, min(revenue) FILTER ({plain}) AS lowest, "
        f"max(revenue) FILTER ({plain}) AS highest, "
        f"CASE WHEN count(price) FILTER ({plain}) = count(*) FILTER ({plain}) "
        f"THEN sum({_GOODS}) FILTER ({plain}) END AS goods, "
        f"count(*) FILTER ({plain} AND {own}) AS n_own, sum(amount) FILTER ({plain}) AS summed, "
        f"max(revenue) FILTER ({plain} AND {head}) AS headed, "
        f"count(product_id) FILTER ({plain}) AS n_products, min(product_id) AS product_id, "
        f"sum(amount) FILTER (NOT is_return AND amount < 0) AS discount, "
        f"sum(revenue) FILTER (NOT is_return AND revenue < 0) AS discount_told FROM sales GROUP BY whole"
    )


def _stands_for_order(log: Log) -> bool:
    """Whether ``revenue`` is an order's total rather than a line's, by what most orders say."""
    # A total is closer to what all goods are worth than to what it would be if every line had paid it.
    same = (
        f"n_told = lines AND highest - lowest < {_CENT} AND n_own < lines AND "
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


def _decide(log: Log, *, by_order: bool) -> None:
    """Put what each order paid on its first event, nothing on its others, and refunds apart."""
    # A row without a product beside rows of products is the order itself.
    # A discount with revenue of its own beside a single line lowers it; a total on several lines is net.
    whole = (
        f"WHEN n_told = lines AND highest - lowest < {_CENT} OR n_told = 1 "
        "THEN highest + CASE WHEN lines = 1 AND is_discounted THEN coalesce(discount_told, 0) ELSE 0 END"
    )
    total = (
        "CASE WHEN headed IS NOT NULL AND n_products > 0 THEN headed "
        f"{whole if by_order else ''} WHEN is_discounted THEN greatest(summed + discount, 0.0) "
        "ELSE summed END"
    )
    # A discount takes off what was paid at the same time; more than that, or alone, it is a refund.
    log.connection.execute(
        f"CREATE TEMP TABLE totals AS SELECT *, {total} AS total FROM (SELECT *, "
        f"coalesce(lines > 0 AND summed + discount >= -{_CENT}, false) AS is_discounted FROM orders)"
    )
    back = "t.is_paid_back OR s.is_return OR coalesce(s.amount < 0 AND NOT t.is_discounted, false)"
    touched = "t.lines > 1 OR t.discount IS NOT NULL OR s.is_return OR t.is_paid_back"
    first = "ORDER BY amount < 0, moment, rank, product_id, amount DESC, place"
    log.connection.execute(
        f"CREATE TEMP TABLE settled_sales AS SELECT place, CASE WHEN gives_back THEN '{EventType.OTHER}' "
        f"ELSE '{EventType.PURCHASE}' END AS event_type, CASE WHEN gives_back AND NOT is_paid_back THEN "
        f"-abs(amount) WHEN row_number() OVER (PARTITION BY whole, gives_back {first}) = 1 THEN "
        "CASE WHEN is_paid_back THEN -abs(total) ELSE total END WHEN total IS NOT NULL THEN 0.0 END AS paid "
        f"FROM (SELECT s.* REPLACE (t.is_paid_back AS is_paid_back), t.total, {back} AS gives_back "
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
    n = log.count(
        f"SELECT count(*) FROM settled_sales ANTI JOIN unpaid USING (place) "
        f"WHERE event_type = '{EventType.OTHER}'"
    )
    if n:
        log.say(
            "warning", f"{counted(n, 'refund')} {'is' if n == 1 else 'are'} counted separately, not as sales."
        )
    n = log.count("SELECT count(*) FROM totals WHERE is_discounted AND discount < 0")
    if n:
        log.say("info", f"Discounts lower the revenue of {counted(n, 'order')}.")


def _give_back(log: Log) -> None:
    """Let a refund without an amount give its whole order back, and one that came twice count once."""
    if not log.facts["is_given_back"] and not log.facts["n_all_given_back"]:
        return
    log.connection.execute(
        "CREATE TEMP TABLE given_back AS SELECT place, order_id, revenue, total, row_number() OVER "
        f'(PARTITION BY order_id, revenue ORDER BY {MOMENT}, "order", product_id, place) AS copy, '
        f"-sum(revenue) OVER (PARTITION BY order_id) AS back FROM {log.traded} JOIN (SELECT order_id, "
        "max(total) AS total FROM totals WHERE total > 0 GROUP BY 1) USING (order_id) "
        f"WHERE revenue < 0 OR {GIVES_ALL_BACK}"
    )
    if log.count("SELECT count(*) FROM given_back WHERE back = 0 AND copy = 1"):
        log.replace(
            {"revenue": "CASE WHEN whole.place IS NULL THEN e.revenue ELSE -whole.total END"},
            "LEFT JOIN (SELECT place, total FROM given_back WHERE back = 0 AND copy = 1) whole USING (place)",
        )
        log.say("info", "Refunds without an amount give their whole order back.")
    # More than was paid can't be given back: the same amount again is the same refund again.
    n = log.drop(f"SELECT place FROM given_back WHERE copy > 1 AND back > total + {_CENT}", REFUNDED_TWICE)
    if n:
        log.say("info", f"{counted(n, 'refund')} sent more than once; each counts once.")


def _warn_of_equal_totals(log: Log) -> None:
    """Say where orders without a number look like one that was sent twice."""
    n = log.count(
        f"SELECT count(*) FROM (SELECT moment, lag(moment) OVER (PARTITION BY owner, total, product_id "
        f"ORDER BY moment) AS before FROM totals WHERE order_id IS NULL AND total > 0 AND NOT is_paid_back) "
        f"WHERE moment <= before + {_CLOSE}"
    )
    if n:
        log.say(
            "warning",
            f"{counted(n, 'purchase')} repeat the total of another in the same session within ten minutes. "
            "Without order numbers both count; map the order number if there is one.",
        )


def _warn_of_no_totals(log: Log) -> None:
    """Say where a file has amounts, but none of what was bought."""
    if not {"price", "revenue"} & log.report.told.columns:
        return
    n, n_paid = one(log.connection, "SELECT count(*), count(total) FROM totals WHERE NOT is_paid_back")
    if n and not n_paid:
        log.say(
            "warning",
            f"{counted(int(str(n)), 'purchase')} without an amount: revenue is unknown. If a column holds "
            "what was paid, map it as revenue.",
        )
