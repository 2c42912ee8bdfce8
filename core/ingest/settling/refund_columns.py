"""What a column beside sales says was given back of their orders: of the order, or line by line.

Until it is settled the amount stands behind the status of its row: ``paid|20.0``.
"""

from __future__ import annotations

from core.base.written import counted
from core.ingest.base.database import one
from core.ingest.columns.office import REFUND_MARK
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import GOODS, Log
from core.ingest.settling.order_repeats import CENT

_HAS_AMOUNT = f"contains(order_status, '{REFUND_MARK}')"
FACTS = {"n_told_back": Fact("count(*)", _HAS_AMOUNT)}


def take_off(log: Log) -> None:
    """Make the table ``told_back`` of such amounts, if any, and leave the status alone where they stood."""
    if not log.facts["n_told_back"]:
        return
    amount = f"CAST(split_part(order_status, '{REFUND_MARK}', 2) AS DOUBLE)"
    log.make("told_back", f"SELECT place, {amount} AS back FROM {log.live} WHERE {_HAS_AMOUNT}")
    log.replace({"order_status": f"split_part(e.order_status, '{REFUND_MARK}', 1)"})


def add_up(log: Log) -> None:
    """Make the table ``refund_totals`` of what each order (``whole``) gave back by that column, if any.

    Whether the amount is that of the order, on each of its lines or on the first, or of the line is decided
    once, from orders of several lines. Reads ``sales`` before rows that repeat an order are left out.
    """
    if not log.facts["n_told_back"]:
        return
    # A row that comes again later tells the order's state by then: of each line, the largest amount.
    log.execute(
        "CREATE TEMP TABLE refund_lines AS SELECT whole, product_id, nth, max(back) AS back, "
        f"max(coalesce({GOODS}, amount)) AS amount FROM (SELECT *, row_number() OVER (PARTITION BY whole, "
        "product_id, moment ORDER BY place) AS nth FROM sales LEFT JOIN told_back USING (place) "
        "WHERE coalesce(amount, 0) >= 0) GROUP BY ALL"
    )
    log.execute(
        "CREATE TEMP TABLE refund_orders AS SELECT whole, count(*) AS lines, count(nullif(back, 0)) AS told, "
        "max(back) AS highest, min(nullif(back, 0)) AS lowest, sum(back) AS summed, sum(amount) AS worth, "
        "count(DISTINCT round(amount, 2)) AS n_amounts, max(back - amount) AS above "
        "FROM refund_lines GROUP BY 1 HAVING max(back) > 0"
    )
    several = f"lines > 1 AND (told > 1 OR above > {CENT})"
    repeated = f"told = lines AND highest - lowest < {CENT}"
    # What is more than its line, or all lines together more than was paid, is the order's.
    beyond = f"above > {CENT} OR summed > worth + {CENT}"
    by_order, by_line, open_ = one(
        log.connection,
        f"SELECT count(*) FILTER (({repeated}) AND (({beyond}) OR n_amounts > 1) OR (told = 1 AND {beyond})),"
        f" count(*) FILTER (NOT ({repeated}) AND told > 1), "
        f"count(*) FILTER (({repeated}) AND NOT ({beyond}) AND n_amounts = 1) "
        f"FROM refund_orders WHERE {several}",
    )
    n_order, n_line, n_open = (int(str(n)) for n in (by_order, by_line, open_))
    is_of_order = n_order >= n_line
    back = "highest" if is_of_order else "summed"
    log.make("refund_totals", f"SELECT whole, {back} AS back FROM refund_orders")
    if n_order + n_line + n_open == 0:
        return
    meaning = "of the order and counts once" if is_of_order else "of its line and adds up"
    n_other = min(n_order, n_line)
    doubt = f"; {counted(n_other, 'order')} could be read the other way" if n_other else ""
    if not n_other and is_of_order and n_open and not n_order:
        doubt = ", because all lines have the same amount"
    log.say(
        "warning" if doubt else "info",
        f"In {counted(n_order + n_line + n_open, 'order')} of several lines, what was given back is that "
        f"{meaning}{doubt}.",
    )
