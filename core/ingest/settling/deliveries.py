"""An event that was delivered twice counts once: trackers send again whatever wasn't confirmed in time."""

from __future__ import annotations

from core.base.written import agree, counted
from core.ingest.base.duplicates import find_doubles
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import Log
from core.ingest.settling.survey import SPOILT, spoilt_example

TWICE = "It repeats an event, by its event id."
FACTS = {
    "n_event_ids": Fact("count(event_id)"),
    "n_spoilt_event_ids": Fact("count(*)", SPOILT.format("event_id")),
}
#: What two deliveries agree in. The time is not among it: some exports tell when an event arrived. Lines of
#: one order may share an id, so what was bought is.
#: Systems write one and the same UUID in capitals and in small letters.
_ID = "CASE WHEN strlen(event_id) IN (32, 36) THEN lower(event_id) ELSE event_id END"
_SAME = f"{_ID}, session_id, visitor_id, event_type, product_id, price, quantity, revenue, order_id"
_EARLIEST = '"timestamp", date, "order", page, place'
#: Ids that come back this often on average are of kinds of events rather than of events.
MOST_DELIVERIES = 10


def settle(log: Log) -> None:
    """Leave out every delivery of an event but the earliest."""
    n_ids = log.facts["n_event_ids"]
    if not n_ids:
        return
    if log.facts["n_spoilt_event_ids"]:
        log.say(
            "error",
            f"Event ids lost digits in a spreadsheet ({spoilt_example(log, 'event_id')}), so repeated events "
            "can't be recognised and all count. Export again without opening the file in a spreadsheet.",
        )
        return
    rows = f"FROM {log.live} WHERE event_id IS NOT NULL"
    if not find_doubles(log.connection, f"SELECT hash({_SAME}) AS h {rows}", n_ids, table="delivered_twice"):
        return
    if n_ids > MOST_DELIVERIES * log.count(f"SELECT count(DISTINCT event_id) {rows}"):
        log.say("warning", "Event ids repeat too often to identify single events, so they aren't used.")
        return
    copies = (
        f"SELECT place FROM (SELECT place, row_number() OVER (PARTITION BY {_SAME} ORDER BY {_EARLIEST}) "
        f"AS copy {rows} AND hash({_SAME}) IN (SELECT h FROM delivered_twice)) WHERE copy > 1"
    )
    n = log.drop(copies, TWICE)
    log.say(
        "info",
        f"{counted(n, 'event')} {agree(n, 'repeats', 'repeat')} another, by event id; each counts once.",
    )
