"""A database that is away for a while: what met that is done again once it answers, and nothing fails of it.

What counts as away is what DBOS takes for it, so that steps and their records wait for the same.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from dbos._utils import retriable_postgres_exception, retriable_sqlite_exception

T = TypeVar("T")

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


def is_outage(error: BaseException) -> bool:
    """Whether an error says that the database can't be reached, is restarting, or is locked by others."""
    return isinstance(error, Exception) and (
        retriable_postgres_exception(error) or retriable_sqlite_exception(error)
    )


def through_outages(work: Callable[[], T], what: str) -> T:
    """Do what can be done again from its beginning, as often as an outage breaks it off.

    There is no limit in time: a job that waits is better than one that failed for what it can't help.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return work()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("%s waits %.0f s: the database doesn't answer: %s", what, pause, error)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
