"""Rows that repeat an order: its page is loaded again, an event is sent twice, its status changes."""

from __future__ import annotations

from core.base.written import counted
from core.ingest.settling.log import Log

REPEATED = "Its order is already in the export."
#: Amounts that differ by less are one.
CENT = 0.005


def drop_repeated(log: Log) -> None:
    """Leave out purchase events of an order that stood there before, however much later they came.

    Lines of one order may come one by one: a line is a repetition if its product, or an order as a whole,
    was there before. What is repeated for another amount doesn't change the order.
    """
    of_order = "PARTITION BY order_id ORDER BY moment, rank, amount DESC, owner, place"
    line = "PARTITION BY order_id, product_id ORDER BY moment, rank, amount DESC, owner, place"
    log.execute(
        "CREATE TEMP TABLE repeated AS SELECT place, coalesce(abs(amount - line_amount) > "
        f"{CENT} AND abs(amount - sum(amount) FILTER (first_moment IS NOT DISTINCT FROM moment) OVER "
        f"(PARTITION BY order_id)) > {CENT}, false) AS differs, "
        "(same > 1 OR line_moment < moment OR (copy > 1 AND moment IS NULL) "
        "OR (product_id IS NULL AND first_moment < moment)) AS repeats FROM (SELECT *, "
        f"first_value(moment) OVER ({of_order}) AS first_moment, first_value(amount) OVER ({line}) AS "
        f"line_amount, first_value(moment) OVER ({line}) AS line_moment, row_number() OVER ({line}) AS copy, "
        f"row_number() OVER (PARTITION BY order_id, product_id, moment, price, quantity, revenue "
        f"ORDER BY owner, place) AS same FROM sales WHERE order_id IS NOT NULL AND NOT is_return "
        "AND coalesce(amount, 0) >= 0)"
    )
    log.execute("DELETE FROM repeated WHERE repeats IS NOT TRUE")
    n_orders = log.count("SELECT count(DISTINCT order_id) FROM sales JOIN repeated USING (place)")
    n_differing = log.count(
        "SELECT count(DISTINCT order_id) FROM sales JOIN repeated USING (place) WHERE differs"
    )
    log.drop("SELECT place FROM repeated", REPEATED)
    log.execute("DELETE FROM sales WHERE place IN (SELECT place FROM repeated)")
    if n_orders:
        log.say("info", f"{counted(n_orders, 'order')} sent more than once; each counts once.")
    if n_differing:
        comes = "comes again with another amount" if n_differing == 1 else "come again with other amounts"
        log.say("warning", f"{counted(n_differing, 'order')} {comes}: the first one counts.")
