"""Visits that hold nothing but money given back: the shop's office was at work, not a visitor."""

from __future__ import annotations

from core.base.written import agree, counted
from core.ingest.settling.log import MOMENT, Log
from core.schema.events import EventType

NO_VISIT = "It only gives money back: no visit."
_GIVES_BACK = f"(event_type = '{EventType.OTHER}' AND revenue < 0)"


def find(log: Log) -> None:
    """Make the table ``lone_refunds`` of events whose visits hold refunds only, while these have amounts."""
    log.connection.execute("CREATE TEMP TABLE lone_refunds (place BIGINT)")
    given_back = f"SELECT place FROM {log.traded} WHERE {_GIVES_BACK}"
    may_give_back = any(log.facts[name] for name in ("n_purchases", "is_given_back", "n_all_given_back"))
    if not may_give_back or not log.count(f"SELECT count(*) FROM ({given_back})"):
        return
    visit = "session_id" if log.report.told.has_session_key else "visitor_id"
    whose = f"SELECT {visit} FROM {log.traded} WHERE {_GIVES_BACK}"
    events = (
        f"SELECT place, {visit} AS visit, {MOMENT} AS moment, ({_GIVES_BACK}) AS gives_back FROM {log.live} "
        f"WHERE {visit} IN ({whose})"
    )
    if not log.report.told.has_session_key:
        gap = f"INTERVAL {log.settings.session_gap_minutes} MINUTE"
        begins = (
            f"CASE WHEN lag(moment) OVER own IS NULL OR moment > lag(moment) OVER own + {gap} THEN moment END"
        )
        events = (
            "SELECT place, (visit, max(begins) OVER (PARTITION BY visit ORDER BY moment RANGE UNBOUNDED "
            f"PRECEDING)) AS visit, gives_back FROM (SELECT *, {begins} AS begins FROM ({events}) "
            "WINDOW own AS (PARTITION BY visit ORDER BY moment))"
        )
    log.connection.execute(
        f"INSERT INTO lone_refunds SELECT place FROM (SELECT place, bool_and(gives_back) OVER "
        f"(PARTITION BY visit) AS is_alone FROM ({events})) WHERE is_alone"
    )


def leave_out(log: Log) -> None:
    """Leave out visits that only gave money back, once it is added up."""
    n = log.count("SELECT count(*) FROM lone_refunds")
    if not n or n == log.count(f"SELECT count(*) FROM {log.live}"):
        return
    log.drop("SELECT place FROM lone_refunds", NO_VISIT)
    log.say("info", left_out(n))


def left_out(n: int) -> str:
    """Say that some refunds are no visits."""
    return (
        f"{counted(n, 'refund')} with nothing else in {agree(n, 'its', 'their')} visit "
        f"{agree(n, 'counts', 'count')} as money given back, not as "
        f"{agree(n, 'a session', 'sessions')}."
    )
