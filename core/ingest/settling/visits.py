"""Which events make a session where the export's own ids don't say, or say it wrongly.

Ids may be unique only together with the visitor (a second since 1970, a running number), start again
every day, last for days because a tab was left open, stand for "no session", or be spoilt by a spreadsheet
(1.23457E+12). Events of such ids are put together by visitor and cut at silence; all others keep theirs.
"""

from __future__ import annotations

from core.base.written import agree, counted, number
from core.ingest.settling import midnights, survey
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import MOMENT, Log

#: Over a day, a session with silence in it is several.
_DAY = "INTERVAL 24 HOUR"
#: After so much silence, an id is used again.
AGAIN = "INTERVAL 4 HOUR"
#: Where this share of all ids, and so many, have silence in them, ids start again in less time than that.
_SHARE_WITH_SILENCE, _FEWEST_WITH_SILENCE = 0.5, 3
FACTS = {
    "n_in_sessions": Fact("count(session_id)"),
    "n_without_session": Fact("count(*) - count(session_id)"),
}


def settle(log: Log) -> None:
    """Give events of doubtful sessions an id of visitor, old id and start."""
    odd = survey.look(log)
    if odd.spoilt_visitors:
        log.say(
            "error",
            f"{counted(odd.spoilt_visitors, 'visitor id')} lost digits in a spreadsheet "
            f"({survey.spoilt_example(log, 'visitor_id')}), so "
            "different people look the same. Export again without opening the file in a spreadsheet.",
        )
    facts = log.facts
    if not facts["n_in_sessions"] + facts["n_without_session"]:
        return  # without a column of ids, all of it is cut when session rows are made
    if n_spoilt := odd.spoilt_events:
        _add(log, "SELECT session_id FROM odd_sessions WHERE spoilt")
        log.say(
            "error",
            f"Session ids lost digits in a spreadsheet ({survey.spoilt_example(log, 'session_id')}), so "
            f"{counted(n_spoilt, 'event')} {agree(n_spoilt, 'is', 'are')} grouped by visitor and inactivity "
            "instead. Export again without opening the file in a spreadsheet.",
        )
    if odd.several:
        _find_shared(log)
    if odd.long:
        _find_restarting(log)
    if "stays" in log.tables:
        midnights.keep(log)
        log.execute("DROP TABLE stays")
    is_doubtful = "doubtful" in log.tables and bool(log.count("SELECT count(*) FROM doubtful"))
    if facts["n_without_session"]:
        _join_without_id(log)
    if is_doubtful or facts["n_without_session"]:
        _cut(log)


def _find_shared(log: Log) -> None:
    """Tell ids that several visitors share from sessions in which one visitor got another id by signing in.

    Signing in hands over: the second id begins when the first ends, and there are no more than two.
    """
    gap = f"INTERVAL {log.settings.session_gap_minutes} MINUTE"
    log.execute(
        f"CREATE TEMP TABLE handed_over AS SELECT session_id, coalesce(count(*) = 2 AND bool_and("
        f"begun = earliest OR (begun > earliest AND begun >= before AND begun <= before + {gap})) "
        f"AND count(*) FILTER (begun = earliest) = 1, false) AS signed_in FROM (SELECT *, "
        f"lag(ended) OVER session AS before, first_value(begun) OVER session AS earliest FROM ("
        f"SELECT session_id, visitor_id, min({MOMENT}) AS begun, max({MOMENT}) AS ended FROM {log.live} "
        "WHERE visitor_id IS NOT NULL AND session_id IN (SELECT session_id FROM odd_sessions WHERE several "
        "AND NOT spoilt) GROUP BY 1, 2) "
        "WINDOW session AS (PARTITION BY session_id ORDER BY begun, ended)) GROUP BY 1"
    )
    n_shared = log.count("SELECT count(*) FROM handed_over WHERE NOT signed_in")
    n_signed_in = log.count("SELECT count(*) FROM handed_over WHERE signed_in")
    if n_signed_in and n_shared < n_signed_in:
        log.say(
            "info",
            f"In {counted(n_signed_in, 'session')} the visitor's id changes once, as it does on sign-in; "
            "each stays one session.",
        )
    if not n_shared:
        return
    # Where ids are shared as a rule, two visitors in a row are no sign-in either.
    every = "" if n_shared >= n_signed_in else "WHERE NOT signed_in"
    found = f"SELECT session_id FROM handed_over {every}"
    first = log.execute(f"{found} ORDER BY 1 LIMIT 3").fetchall()
    n = log.count(f"SELECT count(*) FROM ({found})")
    names = ", ".join(name for (name,) in first) + (
        f" and {number(n - len(first))} more" if n > len(first) else ""
    )
    _add(log, found)
    log.say(
        "warning",
        f"{counted(n, 'session id')} ({names}) {agree(n, 'holds', 'hold')} several visitors, "
        "so sessions are identified by session id and visitor together.",
    )


def _find_restarting(log: Log) -> None:
    gap = f"INTERVAL {log.settings.session_gap_minutes} MINUTE"
    window = f"OVER (PARTITION BY session_id ORDER BY {MOMENT})"
    # A time without a clock is read as midnight: what follows it did so after nobody knows how long.
    timed = 'CASE WHEN "timestamp" <> date_trunc(\'day\', "timestamp") THEN "timestamp" END'
    log.execute(
        f"CREATE TEMP TABLE silent AS SELECT session_id, max(moment) - min(moment) > {_DAY} OR "
        f"coalesce(max(hours) > {AGAIN}, false) AS is_again, max(hours) > {gap} AS is_silent FROM "
        f"(SELECT session_id, {MOMENT} AS moment, {MOMENT} - lag({MOMENT}) {window} AS pause, "
        f"{timed} - lag({timed}) {window} AS hours FROM {log.live} WHERE session_id IN "
        f"(SELECT session_id FROM odd_sessions WHERE long AND NOT spoilt)) GROUP BY 1 "
        f"HAVING max(pause) > {gap}"
    )
    n_silent, n_again = (
        log.count(f"SELECT count(*) FROM silent WHERE {condition}") for condition in ("is_silent", "is_again")
    )
    is_usual = n_silent >= _FEWEST_WITH_SILENCE and n_silent >= _SHARE_WITH_SILENCE * log.count(
        "SELECT count(DISTINCT session_id) FROM stays"
    )
    if not n_again and not is_usual:
        return
    found = f"SELECT session_id FROM silent WHERE is_again{' OR is_silent' if is_usual else ''}"
    known = "ANTI JOIN doubtful USING (session_id)" if "doubtful" in log.tables else ""
    n = log.count(f"SELECT count(*) FROM ({found}) {known}")
    _add(log, found)
    if n:
        log.say(
            "warning",
            f"{counted(n, 'session id')} {agree(n, 'lasts', 'last')} for more than a day or "
            f"{agree(n, 'starts', 'start')} again hours later, so a new session starts after "
            f"{log.settings.session_gap_minutes} minutes of silence.",
        )


def _add(log: Log, session_ids: str) -> None:
    log.add("doubtful", session_ids)


def _join_without_id(log: Log) -> None:
    """Give events without an id that of the visitor's session around them, as far as no silence parts them.

    A tracker that leaves the id off some events (sent by a server, or before its script has started) means
    the visit that goes on; where several fit, it is the one before.
    """
    gap = f"INTERVAL {log.settings.session_gap_minutes} MINUTE"
    whose = "PARTITION BY visitor_id, stretch ORDER BY moment"
    log.execute(
        f"CREATE TEMP TABLE joined_sessions AS SELECT place, coalesce(before, after) AS id FROM (SELECT "
        f"place, session_id, max_by(session_id, (moment, session_id)) FILTER (session_id IS NOT NULL) "
        f"OVER ({whose} RANGE UNBOUNDED PRECEDING) AS before, min_by(session_id, (moment, session_id)) "
        f"FILTER (session_id IS NOT NULL) OVER ({whose} RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) "
        f"AS after FROM (SELECT *, count(*) FILTER (moment > earlier + {gap}) OVER "
        f"(PARTITION BY visitor_id ORDER BY moment RANGE UNBOUNDED PRECEDING) AS stretch FROM (SELECT place, "
        f"visitor_id, session_id, {MOMENT} AS moment, lag({MOMENT}) OVER "
        f"(PARTITION BY visitor_id ORDER BY {MOMENT}) AS earlier FROM {log.live} WHERE visitor_id IN "
        f"(SELECT visitor_id FROM {log.live} WHERE session_id IS NULL AND visitor_id IS NOT NULL)))) "
        "WHERE session_id IS NULL AND coalesce(before, after) IS NOT NULL"
    )
    n_joined = log.count("SELECT count(*) FROM joined_sessions")
    minutes = log.settings.session_gap_minutes
    if n_joined:
        log.replace(
            {"session_id": "coalesce(e.session_id, joined_sessions.id)"},
            "LEFT JOIN joined_sessions USING (place)",
        )
        log.say(
            "info",
            f"{counted(n_joined, 'event')} without a session id "
            f"{agree(n_joined, 'belongs', 'belong')} to the visitor's session less than {minutes} minutes "
            "away.",
        )
    if n_left := log.facts["n_without_session"] - n_joined:
        log.say(
            "info",
            f"{counted(n_left, 'event')} without a session id {agree(n_left, 'is', 'are')} grouped by "
            f"visitor, with a new session after {minutes} minutes of inactivity.",
        )


def _cut(log: Log) -> None:
    """Name the sessions of doubtful events anew: visitor, old id and start, as far as there are any."""
    own = "session_id IS NULL"
    if "doubtful" in log.tables:
        own += " OR session_id IN (SELECT session_id FROM doubtful)"
    gap = f"INTERVAL {log.settings.session_gap_minutes} MINUTE"
    whose = "PARTITION BY session_id, visitor_id ORDER BY moment"
    # Events of the same moment share their session whatever order they come in: a range, not rows.
    log.execute(
        f"CREATE TEMP TABLE cut AS SELECT place, concat_ws('@', visitor_id, session_id, "
        f"strftime(max(begins) OVER ({whose} RANGE UNBOUNDED PRECEDING), '%Y-%m-%dT%H:%M:%SZ')) AS name "
        f"FROM (SELECT *, CASE WHEN before IS NULL OR moment > before + {gap} THEN moment END AS begins FROM "
        f"(SELECT place, session_id, visitor_id, {MOMENT} AS moment, lag({MOMENT}) OVER "
        f"(PARTITION BY session_id, visitor_id ORDER BY {MOMENT}) AS before FROM {log.live} WHERE {own}))"
    )
    log.replace({"session_id": "coalesce(cut.name, e.session_id)"}, "LEFT JOIN cut USING (place)")
