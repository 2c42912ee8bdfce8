"""What became of orders, by the status on their rows: come to nothing, or sold and paid back.

A status on the row of a sale says what became of it: an order that was refunded was sold before. A later row
of the same order that is refunded is the refund itself, of the amount it says.
"""

from __future__ import annotations

from core.base.written import counted
from core.ingest.columns.office import REFUND_MARK
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import AMOUNT, MOMENT, Log
from core.schema.events import OFFICE_STATUSES, EventType

#: An event that calls an order off, and the statuses that say what became of a sale.
CALLS_OFF = f"(event_type = '{EventType.OTHER}' AND revenue <= 0 AND order_status = 'called_off')"
_STATED = {
    **{status: status for status in ("paid", "cancelled", "refunded")},
    **{f"updated_{status}": status for status in ("cancelled", "refunded")},
}
_UNPAID = tuple(status for status, meaning in _STATED.items() if meaning != "paid")
FACTS = {
    "n_unpaid": Fact(
        "count(*)", f"split_part(order_status, '{REFUND_MARK}', 1) IN {('called_off', *_UNPAID)}"
    ),
    "n_called_off": Fact("count(*)", CALLS_OFF),
    "n_office": Fact("count(*)", f"order_status IN {OFFICE_STATUSES}"),
}
_BOUGHT = f"event_type = '{EventType.PURCHASE}'"


def settle(log: Log) -> None:
    """Make the table ``unpaid`` of sales ``cancelled`` or ``refunded``, and of rows that are a ``return``.

    There is none where no status says so.

    ``is_later`` says that the row only tells what became of a sale which another row told before.

    What was cancelled is no purchase, and a return is revenue below zero. Of several statuses, the latest of
    a line holds, or of the whole order where that came later.
    """
    if not log.facts["n_unpaid"]:
        return
    log.make(
        "unpaid",
        "SELECT place, CASE WHEN is_return THEN 'return' ELSE status END AS status, is_later FROM "
        "(SELECT *, "
        "coalesce(bool_or(is_return) OVER (PARTITION BY order_id, product_id), false) OR "
        "coalesce(bool_or(is_return) FILTER (product_id IS NULL) OVER (PARTITION BY order_id), false) "
        f"AS has_return FROM ({_latest(log)})) WHERE {_BOUGHT} AND (is_return OR status = 'cancelled' OR "
        "(status = 'refunded' AND (order_id IS NULL OR NOT has_return)))",
    )
    is_unpaid = "unpaid.status IN ('cancelled', 'return')"
    back = (
        AMOUNT.replace("revenue", "e.revenue").replace("price", "e.price").replace("quantity", "e.quantity")
    )
    log.replace(
        {
            "event_type": f"CASE WHEN {is_unpaid} THEN '{EventType.OTHER}' ELSE e.event_type END",
            "revenue": f"CASE unpaid.status WHEN 'cancelled' THEN NULL WHEN 'return' THEN "
            f"-abs(coalesce({back}, 0)) ELSE e.revenue END",
            "price": f"CASE WHEN {is_unpaid} THEN NULL ELSE e.price END",
        },
        "LEFT JOIN unpaid USING (place)",
    )
    if n := log.count("SELECT count(*) FROM unpaid WHERE status = 'cancelled'"):
        what = (
            "was cancelled, failed or not paid yet and is"
            if n == 1
            else ("were cancelled, failed or not paid yet and are")
        )
        log.say("warning", f"{counted(n, 'order event')} {what} no purchase.")
    if n := log.count("SELECT count(*) FROM unpaid WHERE status = 'return'"):
        what = "is a refund" if n == 1 else "are refunds"
        log.say("info", f"{counted(n, 'later row')} of orders that were refunded {what} of the amount given.")


def _latest(log: Log) -> str:
    """Return SQL of orders' rows, each with its latest status and whether it gives back what was sold."""
    cases = " ".join(f"WHEN '{status}' THEN '{meaning}'" for status, meaning in _STATED.items())
    stated = f"CASE order_status {cases} END"
    rows = (
        f"SELECT place, event_type, order_id, product_id, {stated} AS stated, "
        f'row({MOMENT}, "order") AS moment FROM {log.live} '
        f"WHERE order_id IS NOT NULL OR order_status IN {_UNPAID}"
    )
    told, whole = "stated IS NOT NULL", "product_id IS NULL"
    sold = f"{_BOUGHT} AND stated IS DISTINCT FROM 'refunded'"
    latest = "arg_max(stated, row(moment, stated))"
    windows = (
        f"SELECT *, {latest} FILTER ({told}) OVER line AS of_line, "
        f"max(moment) FILTER ({told}) OVER line AS line_at, "
        f"{latest} FILTER ({told} AND {whole}) OVER entire AS of_order, "
        f"max(moment) FILTER ({told} AND {whole}) OVER entire AS order_at, "
        f"min(moment) FILTER ({sold}) OVER line AS line_sold, "
        f"min(moment) FILTER ({sold} AND ({whole})) OVER entire AS whole_sold, "
        f"min(moment) FILTER ({sold}) OVER entire AS any_sold "
        f"FROM ({rows}) WINDOW line AS (PARTITION BY order_id, product_id), entire AS (PARTITION BY order_id)"
    )
    after = (
        "coalesce(moment > line_sold, false) OR coalesce(moment > whole_sold, false) OR "
        f"({whole} AND coalesce(moment > any_sold, false))"
    )
    return (
        f"SELECT *, order_id IS NOT NULL AND ({after}) AS is_later, "
        "CASE WHEN order_id IS NULL THEN stated WHEN of_line IS NULL OR "
        "coalesce(order_at > line_at, false) THEN of_order ELSE of_line END AS status, "
        "coalesce(order_id IS NOT NULL AND "
        f"stated = 'refunded' AND {_BOUGHT} AND ({after}), false) AS is_return FROM ({windows})"
    )
