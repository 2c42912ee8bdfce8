"""Times that can't be: a wrong clock must set no axis and no limit."""

from __future__ import annotations

from core.base.written import agree, counted
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import Log

FUTURE = "The time is in the future."
#: Clocks and time zones differ by a day at most.
LATEST = "CAST(now() AS TIMESTAMP) + INTERVAL 2 DAY"
_IS_LATE = f'("timestamp" > {LATEST} OR date > {LATEST})'
FACTS = {
    "n_rows": Fact("count(*)"),
    "is_late": Fact(f'CAST(coalesce(max("timestamp") > {LATEST}, false) AS INT)'),
    "is_late_day": Fact(f"CAST(coalesce(max(date) > {LATEST}, false) AS INT)"),
}


def settle(log: Log) -> None:
    """Leave out events of the future, unless most are: then it is our own clock that is in doubt."""
    if not (log.facts["is_late"] or log.facts["is_late_day"]):
        return
    n = log.count(f"SELECT count(*) FROM {log.live} WHERE {_IS_LATE}")
    if not n:
        return
    if n * 2 > log.facts["n_rows"]:
        log.say("warning", "Most events are in the future: check this computer's clock, or the export.")
        return
    log.drop(f"SELECT place FROM {log.live} WHERE {_IS_LATE}", FUTURE)
    log.say("warning", f"{counted(n, 'event')} with a time in the future {agree(n, 'is', 'are')} left out.")
