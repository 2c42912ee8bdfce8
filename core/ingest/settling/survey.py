"""One look at every session and one at every visitor, kept of those that are worth a second look."""

from __future__ import annotations

from dataclasses import dataclass

from core.ingest.base.database import one
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import MOMENT, Log

#: So many events at so many a second are no person's.
FEWEST_FAST, PER_SECOND = 100, 10
#: From so many events on, a visitor may never sleep.
FEWEST_ROUND_THE_CLOCK = 200
#: An id that went through a spreadsheet, and a sign of one that is quicker to look for.
SPOILT = (
    r"(contains({0}, 'E+') OR contains({0}, 'e+')) AND regexp_matches({0}, '^\s*-?\d([.,]\d+)?[eE]\+\d+\s*$')"
)
#: How finely the export tells time: events with seconds, and with minutes, in their times.
FACTS = {
    **{f"n_spoilt_{name}s": Fact("count(*)", SPOILT.format(name)) for name in ("session_id", "visitor_id")},
    "n_with_seconds": Fact("count(*)", 'epoch("timestamp") % 60 <> 0'),
    "n_with_minutes": Fact("count(*)", 'epoch("timestamp") % 3600 <> 0'),
}


@dataclass(frozen=True, slots=True)
class Odd:
    """How many sessions and visitors are worth a second look, and how many events of spoilt sessions."""

    fast: int = 0
    spoilt_visitors: int = 0
    spoilt_events: int = 0
    several: int = 0
    long: int = 0


def look(log: Log) -> Odd:
    """Count what is odd; where anything may be, make ``stays``, ``odd_sessions`` and ``odd_visitors``.

    ``stays`` has a row for each visitor in each session: how many events ``n``, from ``first`` to ``last``.
    ``odd_sessions`` says of a ``session_id`` whether it holds ``several`` visitors, lasts ``long``, is
    ``fast`` or ``spoilt``; ``odd_visitors`` of a ``visitor_id`` its number of events ``n`` and the last two.
    """
    if log.is_small and not _may_be_odd(log):
        return Odd()
    # Only a session that lasts longer than silence may can have silence in it.
    gap = f"INTERVAL {log.settings.session_gap_minutes} MINUTE"
    moment = MOMENT if "date" in log.report.told.columns else '"timestamp"'
    # What a visitor did in a session is added up first, once for both: ids of all events cost most.
    log.make(
        "stays",
        f"SELECT session_id, visitor_id, count(*) AS n, min({moment}) AS first, "
        f'max({moment}) AS last, count("timestamp") AS n_timed, min("timestamp") AS begun, '
        f'max("timestamp") AS ended FROM {log.live} GROUP BY 1, 2',
    )
    both = f"{_sessions(gap)} UNION ALL {_visitors(gap)}"
    log.make(
        "odd",
        "SELECT *, coalesce(CASE WHEN of_session THEN "
        f"{SPOILT.format('session_id')} ELSE {SPOILT.format('visitor_id')} END, false) AS spoilt, "
        f"coalesce({_is_fast(1)}, false) AS fast FROM ({both}) "
        "WHERE CASE WHEN of_session THEN session_id ELSE visitor_id END IS NOT NULL AND "
        f"(fast OR spoilt OR n >= {FEWEST_ROUND_THE_CLOCK} OR (of_session AND (several OR long)))",
    )
    if log.count("SELECT count(*) FROM odd WHERE fast") and (tick := _tick(log)) > 1:
        log.execute(f"UPDATE odd SET fast = fast AND {_is_fast(tick)}")
    for name, condition in (("session", "of_session"), ("visitor", "NOT of_session")):
        log.execute(f"CREATE TEMP VIEW odd_{name}s AS SELECT * FROM odd WHERE {condition}")
    counts = one(
        log.connection,
        "SELECT count(*) FILTER (fast), count(*) FILTER (spoilt AND NOT of_session), "
        "coalesce(CAST(sum(n) FILTER (spoilt AND of_session) AS BIGINT), 0), "
        "count(*) FILTER (several AND of_session AND NOT spoilt), "
        "count(*) FILTER (long AND of_session AND NOT spoilt) FROM odd",
    )
    return Odd(*(int(str(n)) for n in counts))


def _sessions(gap: str) -> str:
    """Return SQL of the sessions in ``stays`` that may be odd: most are short, and one visitor's."""
    return _added_up(
        "session_id",
        gap,
        f"SELECT session_id FROM stays WHERE n >= {FEWEST_FAST} OR last - first > {gap} OR "
        f"({SPOILT.format('session_id')}) UNION ALL "
        "SELECT session_id FROM stays GROUP BY 1 HAVING count(*) > 1",
    )


def _visitors(gap: str) -> str:
    """Return SQL of the visitors in ``stays`` that may be odd: most have few events."""
    return _added_up(
        "visitor_id",
        gap,
        f"SELECT visitor_id FROM stays GROUP BY 1 HAVING sum(n) >= {FEWEST_FAST} OR "
        f"{SPOILT.format('visitor_id')}",
    )


def _added_up(whose: str, gap: str, which: str) -> str:
    """Return SQL that adds ``stays`` up by one kind of id, of those that ``which`` selects."""
    ids = (name if name == whose else f"NULL::VARCHAR AS {name}" for name in ("session_id", "visitor_id"))
    return (
        f"SELECT {', '.join(ids)}, {whose == 'session_id'} AS of_session, "
        "count(stays.visitor_id) > 1 AS several, CAST(sum(n) AS BIGINT) AS n, "
        f"CAST(sum(n_timed) AS BIGINT) AS n_timed, coalesce(max(last) - min(first) > {gap}, false) AS long, "
        f"epoch(max(ended)) - epoch(min(begun)) AS seconds FROM stays WHERE {whose} IN ({which}) "
        f"GROUP BY stays.{whose}"
    )


def _may_be_odd(log: Log) -> bool:
    """Whether any session or visitor may be worth a second look, by what is quickly seen."""
    facts = log.facts
    if (
        not log.is_as_read
        or facts["n_rows"] >= FEWEST_FAST
        or facts["n_spoilt_session_ids"]
        or facts["n_spoilt_visitor_ids"]
    ):
        return True
    if not facts["n_in_sessions"]:
        return False
    gap = f"INTERVAL {log.settings.session_gap_minutes} MINUTE"
    return bool(
        log.count(
            f"SELECT count(*) FROM (SELECT session_id FROM {log.live} WHERE session_id IS NOT NULL "
            f"GROUP BY 1 HAVING min(visitor_id) < max(visitor_id) OR max({MOMENT}) - min({MOMENT}) > {gap})"
        )
    )


def spoilt_example(log: Log, name: str) -> str:
    """Return one of a column's ids that a spreadsheet spoilt, as the export has it."""
    query = f"SELECT min({name}) FROM {log.events} WHERE {SPOILT.format(name)}"
    return str(one(log.connection, query)[0]).strip()


def _is_fast(tick: int) -> str:
    """Return SQL of whether events follow each other faster than people act.

    ``tick`` is how many seconds all events of one time may have taken.
    """
    return f"n_timed >= {FEWEST_FAST} AND n_timed >= {PER_SECOND} * (seconds + {tick})"


def _tick(log: Log) -> int:
    """Return the seconds between two times that the export can tell apart: a whole day tells nothing."""
    return 1 if log.facts["n_with_seconds"] else 60 if log.facts["n_with_minutes"] else 3600
