"""Which order a number stands for: numbers that start again, that are spoilt, or spelt in two ways.

A number is one order within a visitor, or near in time. Tills, daily files and test shops count from one
again: the same number hours later, by another visitor, is another order, and so is one for another amount.
"""

from __future__ import annotations

from core.base.written import counted
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import AMOUNT, MOMENT, OWNER, Log
from core.ingest.settling.survey import SPOILT, spoilt_example
from core.schema.events import EventType

FACTS = {"n_spoilt_orders": Fact("count(*)", SPOILT.format("order_id"))}
_BOUGHT = f"event_type = '{EventType.PURCHASE}'"
#: So long after an order's last row, another visitor's is another order: nobody else reloads its page then.
NEAR = "INTERVAL 6 HOURS"
#: Numbers from so many characters on are drawn at random (a UUID): they don't start again.
_RANDOM = 20
#: SQL of a number without what some write it with: #1001, in capitals.
ALIKE = "ltrim(lower(order_id), '# ')"


def settle(log: Log) -> None:
    """Drop spoilt numbers; give each order that shares its number with another a number of its own."""
    if "order_id" not in log.report.told.columns:
        return
    if log.facts["n_spoilt_orders"]:
        example = spoilt_example(log, "order_id")
        log.replace({"order_id": f"CASE WHEN NOT ({SPOILT.format('e.order_id')}) THEN e.order_id END"})
        log.say(
            "error",
            f"{counted(log.facts['n_spoilt_orders'], 'order number')} lost digits in a spreadsheet "
            f"({example}), so events are matched to orders by session and time. Export again without "
            "opening the file in a spreadsheet.",
        )
    _tell_restarted(log)


def _tell_restarted(log: Log) -> None:
    who = f"coalesce(visitor_id, {OWNER})"
    sold = f"{_BOUGHT} AND order_id IS NOT NULL AND coalesce(quantity, 1) >= 0 AND coalesce({AMOUNT}, 0) >= 0"
    shared = f"SELECT order_id FROM {log.traded} WHERE {sold} GROUP BY 1 HAVING min({who}) < max({who})"
    if not log.count(f"SELECT count(*) FROM ({shared})"):
        return
    # What one visitor has under a number: from when to when, and for how much when it was first seen.
    log.execute(
        "CREATE TEMP TABLE numbered AS SELECT order_id, who, bool_or(visitor_id IS NOT NULL) AS is_known, "
        "min(moment) AS first, max(moment) AS last, round(coalesce(sum(amount) FILTER (moment IS NOT "
        "DISTINCT FROM placed), 0), 2) AS total FROM (SELECT *, min(moment) OVER (PARTITION BY order_id, "
        f"who) AS placed FROM (SELECT order_id, visitor_id, {who} AS who, {MOMENT} AS moment, "
        f"{AMOUNT} AS amount FROM {log.traded} WHERE {sold} AND order_id IN ({shared}))) GROUP BY ALL"
    )
    earlier = "PARTITION BY order_id ORDER BY first, who"
    before = f"({earlier} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    is_late = f"coalesce(first > max(last) OVER {before} + {NEAR}, false)"
    is_unlike = f"coalesce(total <> lag(total) OVER ({earlier}), false)"
    log.execute(
        "CREATE TEMP TABLE placings AS SELECT *, CASE WHEN is_known AND total <> first_value(total) OVER "
        "same THEN concat(order_id, '@', who) WHEN times > 0 THEN "
        "concat(order_id, '@', first_value(who) OVER same) ELSE order_id END AS own FROM (SELECT *, "
        f"sum(CAST(starts AS INT)) OVER ({earlier}) AS times FROM (SELECT *, {is_late} AND (is_known AND "
        f"strlen(order_id) < {_RANDOM} OR {is_unlike}) AS starts FROM numbered)) "
        "WINDOW same AS (PARTITION BY order_id, times ORDER BY first, who)"
    )
    n = log.count("SELECT count(DISTINCT order_id) FROM placings WHERE own <> order_id")
    if not n:
        return
    # What gives money back belongs to its visitor's order, else to the latest one before.
    log.execute(
        "CREATE TEMP TABLE renumbered AS SELECT place, own FROM (SELECT place, e.order_id, arg_max(own, "
        f"(coalesce(p.who = e.who, false), coalesce(p.first <= e.moment, true), p.first, own)) AS own FROM "
        f"(SELECT place, order_id, {who} AS who, {MOMENT} AS moment FROM {log.traded}) e "
        "JOIN placings p USING (order_id) GROUP BY ALL) WHERE own <> order_id"
    )
    log.replace({"order_id": "coalesce(renumbered.own, e.order_id)"}, "LEFT JOIN renumbered USING (place)")
    numbers = "1 order number comes" if n == 1 else f"{counted(n, 'order number')} come"
    log.say(
        "warning",
        f"{numbers} again from another visitor, hours later or for another amount: each is an order of its "
        "own. If it is the same order, it counts twice.",
    )


def spell_alike(log: Log) -> None:
    """Take numbers alike but for letter case or # for one order where visitor, lines and amount agree."""
    log.execute(
        "CREATE TEMP TABLE respelt AS SELECT order_id, first_value(order_id) OVER (PARTITION BY "
        f"{ALIKE}, whose, lines, total ORDER BY placed, order_id) AS usual FROM (SELECT order_id, "
        "min(coalesce(visitor_id, owner)) AS whose, count(*) AS lines, round(sum(amount), 2) AS total, "
        f"min(moment) AS placed FROM sales WHERE {ALIKE} IN (SELECT {ALIKE} FROM sales "
        "GROUP BY 1 HAVING min(order_id) <> max(order_id)) GROUP BY 1)"
    )
    log.execute(
        "UPDATE sales SET order_id = usual, whole = '#' || usual FROM respelt "
        "WHERE sales.order_id = respelt.order_id AND usual <> respelt.order_id"
    )
