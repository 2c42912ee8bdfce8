"""What of orders was given back: by events of their own, or by a status on the rows of the sale."""

from __future__ import annotations

from core.base.written import counted
from core.ingest.settling.log import GIVES_ALL_BACK, MOMENT, OWNER, Log
from core.ingest.settling.order_repeats import CENT
from core.ingest.settling.order_statuses import CALLS_OFF
from core.schema.events import EventType

REFUNDED_TWICE = "Its refund is already in the export."


def settle(log: Log, *, by_order: bool) -> None:
    """Settle refunds once it is known what each order paid (table ``totals``)."""
    _drop_unfounded(log)
    _give_back(log)
    _pay_back(log, by_order=by_order)


def _drop_unfounded(log: Log) -> None:
    """Let what calls off or pays back an order that never counted as a sale give nothing back."""
    if not log.facts["n_unpaid"]:
        return
    if not log.facts["n_called_off"] and not log.count(
        "SELECT count(*) FROM unpaid WHERE status = 'cancelled'"
    ):
        return
    who = f"coalesce(visitor_id, {OWNER})"
    never_sold = (
        f"SELECT DISTINCT order_id FROM {log.live} JOIN unpaid USING (place) WHERE status = 'cancelled' AND "
        "order_id IS NOT NULL AND order_id NOT IN (SELECT order_id FROM totals WHERE order_id IS NOT NULL)"
    )
    # Without a number, it calls off a sale of its visitor that was worth the same: one each.
    unnumbered = (
        f"SELECT place, {who} AS who, round(-revenue, 2) AS total, row_number() OVER (PARTITION BY {who}, "
        f'round(revenue, 2) ORDER BY {MOMENT}, "order", place) AS nth FROM {log.traded} '
        f"WHERE {CALLS_OFF} AND order_id IS NULL"
    )
    sales = "SELECT who, round(total, 2) AS total, count(*) AS n FROM totals WHERE total > 0 GROUP BY ALL"
    log.execute(
        f"CREATE TEMP TABLE unfounded AS SELECT place FROM {log.traded} WHERE revenue < 0 AND event_type = "
        f"'{EventType.OTHER}' AND (order_id IN ({never_sold}) OR ({CALLS_OFF} AND order_id IS NOT NULL AND "
        "order_id NOT IN (SELECT order_id FROM totals WHERE order_id IS NOT NULL))) UNION ALL "
        f"SELECT place FROM ({unnumbered}) LEFT JOIN ({sales}) USING (who, total) WHERE nth > coalesce(n, 0)"
    )
    n = log.count("SELECT count(*) FROM unfounded")
    if not n:
        return
    log.replace(
        {"revenue": "CASE WHEN unfounded.place IS NULL THEN e.revenue END"},
        "LEFT JOIN unfounded USING (place)",
    )
    _say_unfounded(log, n)


def drop_cancellations(log: Log) -> None:
    """Let what calls orders off give nothing back where the export has no purchase."""
    n = log.facts["n_called_off"] if log.facts["n_unpaid"] else 0
    if n:
        log.replace({"revenue": f"CASE WHEN NOT coalesce({CALLS_OFF}, false) THEN e.revenue END"})
        _say_unfounded(log, n)


def _say_unfounded(log: Log, n: int) -> None:
    what = "gives nothing back: its order counts" if n == 1 else "give nothing back: their orders count"
    log.say(
        "warning",
        f"{counted(n, 'cancellation or refund', 'cancellations or refunds')} {what} as no purchase.",
    )


def _give_back(log: Log) -> None:
    """Let refunds without an amount give the whole order back, repeated ones count once, none too much."""
    if log.is_as_read and not (log.facts["is_given_back"] or log.facts["n_all_given_back"]):
        return
    gives = f"(revenue < 0 OR {GIVES_ALL_BACK})"
    if not log.count(f"SELECT count(*) FROM {log.traded} WHERE {gives} AND order_id IS NOT NULL"):
        return
    log.execute(
        "CREATE TEMP TABLE given_back AS SELECT place, order_id, revenue, total, row_number() OVER "
        f'(PARTITION BY order_id, revenue ORDER BY {MOMENT}, "order", product_id, place) AS copy, '
        f"coalesce(-sum(revenue) OVER (PARTITION BY order_id), 0) AS back FROM {log.traded} JOIN "
        f"(SELECT order_id, max(total) AS total FROM totals WHERE total > 0 GROUP BY 1) USING (order_id) "
        f"WHERE {gives}"
    )
    if log.count("SELECT count(*) FROM given_back WHERE back = 0 AND copy = 1"):
        log.replace(
            {"revenue": "CASE WHEN whole.place IS NULL THEN e.revenue ELSE -whole.total END"},
            "LEFT JOIN (SELECT place, total FROM given_back WHERE back = 0 AND copy = 1) whole USING (place)",
        )
        log.say("info", "Refunds without an amount give their whole order back.")
    # More than was paid can't be given back: the same amount again is the same refund again.
    n = log.drop(f"SELECT place FROM given_back WHERE copy > 1 AND back > total + {CENT}", REFUNDED_TWICE)
    if n:
        log.say("info", f"{counted(n, 'refund')} sent more than once; each counts once.")
    _limit(log)


def _limit(log: Log) -> None:
    """Let refunds give back no more than their order paid: they may be with tax and shipping, it without."""
    # What stands among the rows of the sale itself is measured as the sale is.
    log.execute(
        "CREATE TEMP TABLE too_much AS SELECT place, revenue * greatest(total - own, 0) / nullif(back, 0) AS "
        "revenue, order_id FROM (SELECT place, order_id, total, in_sale, traded.revenue, "
        "coalesce(-sum(traded.revenue) FILTER (in_sale) OVER same, 0) AS own, "
        "-sum(traded.revenue) FILTER (NOT in_sale) OVER same AS back FROM (SELECT place, revenue, place IN "
        f"(SELECT place FROM sales) AS in_sale FROM {log.traded} WHERE revenue < 0) traded "
        "JOIN given_back USING (place) WINDOW same AS (PARTITION BY order_id)) "
        f"WHERE NOT in_sale AND back > greatest(total - own, 0) + {CENT}"
    )
    n = log.count("SELECT count(DISTINCT order_id) FROM too_much")
    if not n:
        return
    log.replace({"revenue": "coalesce(too_much.revenue, e.revenue)"}, "LEFT JOIN too_much USING (place)")
    _say_too_much(log, n)


def _pay_back(log: Log, *, by_order: bool) -> None:
    """Put into the table ``paid_back`` what orders gave back by the status on their rows, or a column.

    The amount that a column tells (``refund_totals``) goes before the status. What refunds of their own gave
    back already isn't given back again, and no order gives back more than was paid.
    """
    n_stated = (
        log.count("SELECT count(*) FROM unpaid WHERE status = 'refunded'") if "unpaid" in log.tables else 0
    )
    totals = "(SELECT NULL::VARCHAR AS whole, NULL::DOUBLE AS back)"
    if "refund_totals" in log.tables and log.count("SELECT count(*) FROM refund_totals"):
        totals = "refund_totals"
    elif not n_stated:
        return
    own = "price * coalesce(quantity, 1)" if by_order else "amount"
    stated = (
        "CASE WHEN n_back >= lines THEN total ELSE least(total, coalesce(worth, total * n_back / lines)) END"
    )
    log.execute(
        "CREATE TEMP TABLE backs AS SELECT place, told, total, coalesce(before, 0) AS before, greatest("
        f"CASE WHEN told IS NOT NULL THEN least(told, total) ELSE {stated} END - coalesce(before, 0), 0) "
        "AS amount "
        "FROM (SELECT whole, coalesce(min(place) FILTER (is_paid_back), min(place)) AS place, "
        f"count(*) FILTER (is_paid_back) AS n_back, sum({own}) FILTER (is_paid_back) AS worth "
        "FROM sales WHERE NOT is_return AND coalesce(amount, 0) >= 0 GROUP BY 1) "
        f"JOIN totals USING (whole) LEFT JOIN (SELECT whole, back AS told FROM {totals}) USING (whole) "
        f"LEFT JOIN (SELECT order_id, -sum(revenue) AS before FROM {log.traded} WHERE revenue < 0 "
        f"AND event_type = '{EventType.OTHER}' GROUP BY 1) USING (order_id) "
        "WHERE n_back > 0 OR told IS NOT NULL"
    )
    log.make("paid_back", "SELECT place, amount FROM backs")
    if n := log.count(f"SELECT count(*) FROM backs WHERE told > total + {CENT}"):
        _say_too_much(log, n)
    n = log.count("SELECT count(*) FROM backs WHERE amount > 0 AND told IS NULL")
    if not n:
        return
    what = "1 order was" if n == 1 else f"{counted(n, 'order')} were"
    log.say(
        "warning",
        f"{what} refunded by {'its' if n == 1 else 'their'} status: counted as "
        f"{'a purchase' if n == 1 else 'purchases'}, and what was given back separately as "
        f"{'a refund' if n == 1 else 'refunds'}.",
    )


def _say_too_much(log: Log, n: int) -> None:
    log.say(
        "warning",
        f"{counted(n, 'order')} {'has' if n == 1 else 'have'} refunds above what was paid, which count up to "
        "that: refunds may include tax or shipping that revenue leaves out.",
    )
