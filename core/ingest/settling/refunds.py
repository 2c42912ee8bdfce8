"""Visits in which the shop's office was at work and no visitor: money given back, orders changed."""

from __future__ import annotations

from core.base.errors import IngestError
from core.base.written import agree, counted
from core.ingest.settling.log import MOMENT, Log
from core.schema.events import OFFICE_STATUSES, EventType

NO_VISIT = "It only gives money back: no visit."
ORDER_CHANGED = "It only changes an order placed before: no visit."
_GIVES_BACK = f"(event_type = '{EventType.OTHER}' AND revenue < 0)"
_CHANGES = f"coalesce(order_status IN {OFFICE_STATUSES}, false)"


def find(log: Log) -> None:
    """Make the table ``office_events`` of events whose visits hold no others, while these have amounts.

    There is none where no event gives money back or changes an order.
    """
    facts, n_office = log.facts, log.facts["n_office"]
    may_give_back = facts["is_given_back"] or facts["n_all_given_back"]
    may_give_back = may_give_back or (facts["n_purchases"] and not log.is_as_read)
    if not may_give_back and not n_office:
        return
    visit = "session_id" if log.report.told.has_session_key else "visitor_id"
    found = f"SELECT place, {visit} AS visit FROM {log.traded} WHERE {_GIVES_BACK}"
    if "unpaid" in log.tables:
        found += " OR place IN (SELECT place FROM unpaid WHERE is_later)"
    if n_office:
        found += f" UNION SELECT place, {visit} AS visit FROM {log.live} WHERE {_CHANGES}"
    log.execute(f"CREATE TEMP TABLE of_office AS {found}")
    if not log.count("SELECT count(*) FROM of_office"):
        return
    of_office = "place IN (SELECT place FROM of_office)"
    events = (
        f"SELECT place, {visit} AS visit, {MOMENT} AS moment, {of_office} AS of_office, "
        f"coalesce({_GIVES_BACK}, false) AS gives_back FROM {log.live} "
        f"WHERE {visit} IN (SELECT visit FROM of_office)"
    )
    if not log.report.told.has_session_key:
        gap = f"INTERVAL {log.settings.session_gap_minutes} MINUTE"
        begins = (
            f"CASE WHEN lag(moment) OVER own IS NULL OR moment > lag(moment) OVER own + {gap} THEN moment END"
        )
        events = (
            "SELECT place, (visit, max(begins) OVER (PARTITION BY visit ORDER BY moment RANGE UNBOUNDED "
            f"PRECEDING)) AS visit, of_office, gives_back FROM (SELECT *, {begins} AS begins FROM ({events}) "
            "WINDOW own AS (PARTITION BY visit ORDER BY moment))"
        )
    log.make(
        "office_events",
        "SELECT place, gives_back FROM (SELECT place, gives_back, "
        f"bool_and(of_office) OVER (PARTITION BY visit) AS is_alone FROM ({events})) WHERE is_alone",
    )


def leave_out(log: Log) -> None:
    """Leave out visits of the shop's office, once what they gave back is added up."""
    n = log.count("SELECT count(*) FROM office_events") if "office_events" in log.tables else 0
    if not n:
        return
    if n == log.count(f"SELECT count(*) FROM {log.live}"):
        _refuse_office(log, n)
        return
    n_back = log.drop("SELECT place FROM office_events WHERE gives_back", NO_VISIT)
    n_changes = log.drop("SELECT place FROM office_events WHERE NOT gives_back", ORDER_CHANGED)
    if n_back:
        log.say("info", left_out(n_back))
    if n_changes:
        log.say(
            "info",
            f"{counted(n_changes, 'change')} of orders placed before, with nothing else in "
            f"{agree(n_changes, 'its', 'their')} visit, {agree(n_changes, 'counts', 'count')} as no "
            f"{agree(n_changes, 'session', 'sessions')}.",
        )


def left_out(n: int) -> str:
    """Say that some refunds are no visits."""
    return (
        f"{counted(n, 'refund')} with nothing else in {agree(n, 'its', 'their')} visit "
        f"{agree(n, 'counts', 'count')} as money given back, not as "
        f"{agree(n, 'a session', 'sessions')}."
    )


def _refuse_office(log: Log, n: int) -> None:
    """Refuse events of which each only changes an order.

    Raises
    ------
    IngestError
        If none is of a visitor.
    """
    if log.count(f"SELECT count(*) FROM {log.live} WHERE {_CHANGES}") == n:
        raise IngestError(
            "It has no visits: each event only changes, cancels or refunds an order.",
            remedy="Upload it together with the events of visits: pages, carts and purchases.",
        )
