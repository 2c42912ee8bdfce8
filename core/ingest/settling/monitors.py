"""Monitors: the same visit at regular intervals round the clock, though each has a visitor id of its own.

People come at random: of their visits that are alike, next to none follow each other in the same time. Nine
in ten of a monitor's do.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.ingest.settling.log import Log
from core.ingest.settling.survey import FEWEST_ROUND_THE_CLOCK

#: Visits in nearly all hours of at least so many are no person's.
HOURS, SHARE_OF_HOURS = 20, 0.9
#: Pauses between visits are regular where four in five differ by no more than this from the middle one.
_TOLERANCE = 0.25
#: Hours that are looked at first, by their rank among all from the quietest on, and visits alike in one.
_RANKS, _FEWEST_AN_HOUR = (0.0, 0.1, 0.2, 0.3), 4
#: What tells one visit from another, but for the things looked at.
_WHENCE = ("event_type", "device", "country", "channel", "user_agent")
_THINGS = ("page", "product_id")


def awake(moment: str) -> str:
    """Return SQL of whether something happens in nearly all hours, to stand after HAVING."""
    hours = f"date_diff('hour', min({moment}), max({moment})) + 1"
    return f"count(DISTINCT date_trunc('hour', {moment})) >= greatest({HOURS}, {SHARE_OF_HOURS} * ({hours}))"


def regular(visits: str, fewest: int = FEWEST_ROUND_THE_CLOCK, having: str = "true") -> str:
    """Return SQL of the visits that come at regular intervals: what ``visits`` has, and ``usual`` seconds.

    Parameters
    ----------
    visits
        SQL of visits: ``kind``, the same for visits that are alike, when they ``begun``, and what tells them.
    fewest
        How many of a kind there must be.
    having
        What else must hold of a kind.
    """
    pause = "epoch(begun - lag(begun) OVER alike) AS before, epoch(lead(begun) OVER alike - begun) AS after"
    spread = "quantile_cont(before, [0.1, 0.5, 0.9])"
    kinds = (
        f"SELECT * FROM (SELECT kind, {spread} AS spread, spread[2] AS usual FROM paused GROUP BY kind "
        f"HAVING count(*) >= {fewest} AND {having}) "
        f"WHERE usual > 0 AND {_near('spread[1]')} AND {_near('spread[3]')}"
    )
    # Somebody who did the same in between comes at a time of their own.
    return (
        f"WITH paused AS (SELECT *, {pause} FROM ({visits}) "
        "WINDOW alike AS (PARTITION BY kind ORDER BY begun)) "
        f"SELECT paused.* FROM paused JOIN ({kinds}) USING (kind) "
        f"WHERE {_near('before')} OR {_near('after')}"
    )


def _near(pause: str) -> str:
    return f"({pause} BETWEEN {1 - _TOLERANCE} * usual AND {1 + _TOLERANCE} * usual)"


def find(log: Log, whose: str) -> None:
    """Make the table ``monitors`` of the visitors, whose ids are in ``whose``, that are monitors.

    A few quiet hours, in which a monitor can't hide among people, say whether all need to be looked at.
    """
    log.execute("CREATE TEMP TABLE monitors (whose VARCHAR)")
    hours = log.execute(
        "SELECT date_trunc('hour', \"timestamp\") AS hour FROM "
        f'{log.live} WHERE "timestamp" IS NOT NULL GROUP BY 1 ORDER BY count(*), 1'
    ).fetchall()
    if len(hours) < HOURS:
        return
    quiet = [str(hours[int(rank * len(hours))][0]) for rank in _RANKS]
    told = log.report.told.columns
    for names in ((*_WHENCE, *_THINGS), _WHENCE):  # the same pages every time, or any
        what = ", ".join(name for name in names if name == "event_type" or name in told)
        within = _visits(log, whose, what, hours=quiet)
        if not log.count(f"SELECT count(*) FROM ({regular(within, _FEWEST_AN_HOUR)})"):
            continue
        visits = regular(_visits(log, whose, what), having=awake("begun"))
        log.execute(f"INSERT INTO monitors SELECT whose FROM ({visits})")
        if log.count("SELECT count(*) FROM monitors"):
            return


def _visits(log: Log, whose: str, what: str, *, hours: Sequence[str] = ()) -> str:
    """Return SQL of what each visitor did and when, or did in each of some hours."""
    hour = "date_trunc('hour', \"timestamp\")"
    alike = f"count(*), bit_xor(hash({what}))" + (f", any_value({hour})" if hours else "")
    # As ranges, they are looked up in the column of times before anything else is read.
    within = " OR ".join(
        f"(\"timestamp\" >= '{begin}' AND \"timestamp\" < TIMESTAMP '{begin}' + INTERVAL 1 HOUR)"
        for begin in hours
    )
    return (
        f'SELECT {whose} AS whose, hash({alike}) AS kind, min("timestamp") AS begun FROM {log.live} '
        f'WHERE {whose} IS NOT NULL AND "timestamp" IS NOT NULL '
        + (f"AND ({within}) GROUP BY 1, {hour}" if hours else "GROUP BY 1")
    )
