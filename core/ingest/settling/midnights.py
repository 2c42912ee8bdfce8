"""Visits that an export cuts in two: at midnight, or after less silence than ends one here.

They stay as the export has them, for its other reports count them so; how many there are is said.
"""

from __future__ import annotations

from core.base.written import agree, counted
from core.ingest.base.assumptions import Severity
from core.ingest.base.database import one
from core.ingest.settling.log import Log

#: Up to so many events, every pair of sessions of a visitor is looked at; of more, those around midnight.
_MOST_EVENTS = 300_000
#: Of a large export, sessions that begin or end around midnight.
_AROUND = "around_midnight"
_JOINED = "To have them joined, leave the session id unmapped: visits are then cut by silence alone."
_DAY, _MINUTE = 86_400_000_000, 60_000_000
_NEEDED = frozenset({"session_id", "visitor_id", "timestamp"})


def keep(log: Log) -> None:
    """Keep, of a large export's ``stays``, sessions around midnight: nobody need look at all events again."""
    if log.report.rows_kept <= _MOST_EVENTS or not log.report.told.columns >= _NEEDED:
        return
    gap = log.settings.session_gap_minutes
    if "utc_offset" not in log.report.told.columns:
        log.make(
            _AROUND,
            f"SELECT visitor_id, begun, ended FROM stays WHERE visitor_id IS NOT NULL AND session_id IS NOT "
            f"NULL AND ({_is_around('begun', gap)} OR {_is_around('ended', gap)})",
        )


def find(log: Log) -> None:
    """Say how many sessions go on where the same visitor's last one has just ended."""
    if not log.report.told.columns >= _NEEDED or not log.facts["n_in_sessions"]:
        return
    gap = log.settings.session_gap_minutes
    is_kept = _AROUND in log.tables and not log.changed
    n, n_midnight = one(log.connection, pairs(f"FROM {_AROUND}" if is_kept else _ends(log, gap), gap))
    for severity, text in sentences(int(str(n)), int(str(n_midnight)), gap):
        log.say(severity, f"{text} {_JOINED}")


def _ends(log: Log, gap: int) -> str:
    """Return SQL of when each session began and ended by the shop's clock; around midnight of many."""
    has_offsets = "utc_offset" in log.report.told.columns
    local = '("timestamp" + to_minutes(coalesce(utc_offset, 0)))' if has_offsets else '"timestamp"'
    known = f"visitor_id IS NOT NULL AND session_id IS NOT NULL AND {local} IS NOT NULL"
    if log.report.rows_kept > _MOST_EVENTS:
        known += f" AND {_is_around(local, gap)}"
    return (
        f"SELECT visitor_id, session_id, min({local}) AS begun, max({local}) AS ended FROM {log.live} "
        f"WHERE {known} GROUP BY visitor_id, session_id"
    )


def _is_around(moment: str, gap: int) -> str:
    # Whole numbers: days of times take several times as long.
    return f"(epoch_us({moment}) + {gap * _MINUTE}) % {_DAY} < {2 * gap * _MINUTE}"


def pairs(ends: str, gap: int) -> str:
    """Return SQL of how many sessions begin soon after the visitor's last one, and how many by midnight.

    ``ends`` is SQL of each session's visitor, beginning and end, by the shop's clock; ``gap`` is in minutes.
    """
    return (
        "SELECT count(*), count(*) FILTER (CAST(begun AS DATE) > CAST(before AS DATE)) FROM (SELECT begun, "
        f"lag(ended) OVER (PARTITION BY visitor_id ORDER BY begun, ended) AS before FROM ({ends})) "
        f"WHERE begun >= before AND begun <= before + INTERVAL {gap} MINUTE"
    )


def sentences(n: int, n_midnight: int, gap: int) -> list[tuple[Severity, str]]:
    """Return what is said of sessions that go on under another id, with how much hangs on it."""
    said: list[tuple[Severity, str]] = []
    if n_midnight:
        goes, each = agree(n_midnight, "goes", "go"), agree(n_midnight, "it counts", "each counts")
        said.append(
            (
                "warning",
                f"{counted(n_midnight, 'visit')} {goes} on after midnight under another session id, so "
                f"{each} as two sessions.",
            )
        )
    if rest := n - n_midnight:
        begins, stays = agree(rest, "begins", "begin"), agree(rest, "it stays", "they stay")
        said.append(
            (
                "info",
                f"{counted(rest, 'session')} {begins} within {gap} minutes of the same visitor's last one, "
                f"under another session id; {stays} apart, as in the export.",
            )
        )
    return said
