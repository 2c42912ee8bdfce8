"""Events at the moment of a purchase: nothing says whether they came before it, so they don't count.

Session rows are as of the first purchase. Where times are whole minutes, or one time stands for all events of
a visit, buyers lose what they did before they bought while others keep it. That must not go unsaid.
"""

from __future__ import annotations

from core.base.written import counted, number
from core.ingest.base.database import one
from core.ingest.settling.log import MOMENT, OWNER, Log
from core.schema.events import EventType

#: From so many buying sessions on, and this share of all, it is the export and not chance.
FEWEST, SHARE = 5, 0.1
_BOUGHT = f"event_type = '{EventType.PURCHASE}'"
_ADDED = f"event_type = '{EventType.CART_ADD}'"
_SEEN = f"event_type NOT IN ('{EventType.PURCHASE}', '{EventType.OTHER}')"


def find(log: Log) -> None:
    """Say of how many sessions the first purchase hides what came before it."""
    told = log.report.told.columns
    is_timed = "timestamp" in told
    if log.facts["n_purchases"] < FEWEST or not (is_timed or "order" in told):
        return
    # Of events without a time their order decides, if there is one.
    timed = MOMENT if "date" in told and "order" not in told else '"timestamp"'
    moment = timed if is_timed else '"order"'
    if "session_id" in told or not is_timed:
        before = _before_purchases(log, moment)
    else:
        before = _before_purchases_of_visits(log, moment)
    # Nothing came before it at all, or something was put into the cart and nothing before.
    visits = (
        "SELECT bool_or(seen AND moment = first) AND (NOT bool_or(seen AND moment < first) OR "
        "(bool_or(added AND moment = first) AND NOT bool_or(added AND moment < first))) AS tied "
        f"FROM ({before}) GROUP BY owner, begun"
    )
    tied, all_of_them = (
        int(str(n)) for n in one(log.connection, f"SELECT count(*) FILTER (tied), count(*) FROM ({visits})")
    )
    if tied < FEWEST or tied < SHARE * all_of_them:
        return
    what, export = (
        ("time", "times with seconds or finer, each event's own")
        if is_timed
        else ("order", "each event's own place in the order")
    )
    log.say(
        "warning",
        f"In {number(tied)} of {counted(all_of_them, 'session')} with a purchase, views or cart adds have "
        f"the very same {what} as the purchase: it is too coarse to tell what came before. They don't count, "
        f"so buyers seem to do less than others, and a model would learn that. Export {export}.",
    )


def _before_purchases(log: Log, moment: str) -> str:
    """Return SQL of what buyers did up to their session's first purchase."""
    firsts = f"SELECT {OWNER} AS owner, min({moment}) AS first FROM {log.traded} WHERE {_BOUGHT} GROUP BY 1"
    rows = f"SELECT {OWNER} AS owner, {moment} AS moment, {_ADDED} AS added, {_SEEN} AS seen FROM {log.live}"
    return f"SELECT *, NULL AS begun FROM ({rows}) JOIN ({firsts}) USING (owner) WHERE moment <= first"


def _before_purchases_of_visits(log: Log, moment: str) -> str:
    """Return the same where there are no ids of sessions: a visitor's events are cut at silence."""
    rows = (
        f"SELECT {OWNER} AS owner, {moment} AS moment, bool_or({_BOUGHT}) AS bought, bool_or({_ADDED}) AS "
        f"added, bool_or({_SEEN}) AS seen FROM {log.live} WHERE {OWNER} IN (SELECT {OWNER} FROM {log.traded} "
        f"WHERE {_BOUGHT}) AND {moment} IS NOT NULL GROUP BY 1, 2"
    )
    gap = f"INTERVAL {log.settings.session_gap_minutes} MINUTE"
    whose = "(PARTITION BY owner ORDER BY moment)"
    cut = (
        f"SELECT *, max(begins) OVER {whose} AS begun FROM (SELECT *, CASE WHEN before IS NULL OR moment > "
        f"before + {gap} THEN moment END AS begins FROM (SELECT *, lag(moment) OVER {whose} AS before "
        f"FROM ({rows})))"
    )
    firsts = f"SELECT *, min(moment) FILTER (bought) OVER (PARTITION BY owner, begun) AS first FROM ({cut})"
    return f"SELECT * FROM ({firsts}) WHERE moment <= first"
