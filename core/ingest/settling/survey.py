"""One look at every session and one at every visitor, kept of those that are worth a second look."""

from __future__ import annotations

from core.ingest.settling.log import MOMENT, Log

#: Longer than a day, a session is several.
LONG = "INTERVAL 24 HOUR"
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
    "n_with_seconds": """count(*) FILTER (epoch("timestamp") % 60 <> 0)""",
    "n_with_minutes": """count(*) FILTER (epoch("timestamp") % 3600 <> 0)""",
}


def look(log: Log) -> None:
    """Make the tables ``odd_sessions`` and ``odd_visitors``.

    ``odd_sessions`` says of a ``session_id`` whether it holds ``several`` visitors, lasts ``long``, is
    ``fast`` or ``spoilt``; ``odd_visitors`` of a ``visitor_id`` its number of events ``n`` and the last two.
    """
    moments = (
        f"min({MOMENT}) AS first, max({MOMENT}) AS last, "
        'count("timestamp") AS n_timed, epoch(max("timestamp")) - epoch(min("timestamp")) AS seconds'
    )
    is_fast = _is_fast(log)
    connection = log.connection
    log.connection.execute(
        "CREATE TEMP TABLE odd_sessions AS SELECT session_id, coalesce(lowest <> highest, false) AS several, "
        f"coalesce(last - first > {LONG}, false) AS long, coalesce({is_fast}, false) AS fast, "
        f"{SPOILT.format('session_id')} AS spoilt, n FROM (SELECT session_id, count(*) AS n, {moments}, "
        "min(visitor) AS lowest, max(visitor) AS highest FROM (SELECT *, "
        f"CASE WHEN visitor_id IS NOT NULL THEN hash(visitor_id) END AS visitor FROM {log.live} "
        "WHERE session_id IS NOT NULL) GROUP BY 1) WHERE several OR long OR fast OR spoilt "
        f"OR n >= {FEWEST_ROUND_THE_CLOCK}"
    )
    connection.execute(
        f"CREATE TEMP TABLE odd_visitors AS SELECT visitor_id, n, coalesce({is_fast}, false) AS fast, "
        f"{SPOILT.format('visitor_id')} AS spoilt FROM (SELECT visitor_id, count(*) AS n, {moments} "
        f"FROM {log.live} WHERE visitor_id IS NOT NULL GROUP BY 1) "
        f"WHERE n >= {FEWEST_ROUND_THE_CLOCK} OR fast OR spoilt"
    )


def _is_fast(log: Log) -> str:
    """Return SQL of whether events follow each other faster than people act, as far as their times can tell.

    Where times are whole minutes or hours, all events of one may have taken that long; a day tells nothing.
    """
    tick = 1 if log.facts["n_with_seconds"] else 60 if log.facts["n_with_minutes"] else 3600
    return f"n_timed >= {FEWEST_FAST} AND n_timed >= {PER_SECOND} * (seconds + {tick})"
