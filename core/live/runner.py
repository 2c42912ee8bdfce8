"""The process that scores what comes in: ``python -m core live-work``, started by ``serve`` by itself.

Any number may be started on a data folder: one works, the others wait to take its place.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from core.base.errors import CoreError, UnavailableError
from core.base.project import enter_project
from core.base.settings import Settings
from core.live.connection import Connection
from core.live.database import DEMO, fact, inbox_reader, only_worker, reader, remember
from core.live.follower import Follower
from core.projects.records import every_settings

if TYPE_CHECKING:
    from core.live.processing import Processor

log = logging.getLogger(__name__)

#: Seconds between looks into an empty inbox, between looks for sessions that are over, between the rest.
PAUSE, CLOSING, TIDYING = 0.05, 2.0, 60.0
#: Seconds between looks for events of the demo shop that are due.
PLAYING = 1.0
#: Seconds between looks for rules that fire because nothing has happened.
TICKING = 0.5
#: Seconds to wait for a place, and after a failure.
WAITING = 1.0
HEARTBEAT = "worker"
#: Seconds between looks for the first event of all.
IDLE = 0.2
#: Seconds between looks for projects that are new.
NEW_PROJECTS = 2.0


def run(
    settings: Settings,
    more: Callable[[Processor], None] | None = None,
    acting: Callable[[Settings], Follower] | None = None,
) -> None:
    """Score what comes in, of every project in a thread of its own, until asked to stop.

    ``more`` is done every minute besides; what ``acting`` makes follows the scores.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    running: dict[str, threading.Thread] = {}
    while not stopping.is_set():
        try:
            there = every_settings(settings)
        except (CoreError, SQLAlchemyError) as error:
            log.warning("live events wait: %s", error)
            there = ()
        for project in there:
            if project.project not in running or not running[project.project].is_alive():
                thread = threading.Thread(target=_follow, args=(project, stopping, more, acting))
                running[project.project] = thread
                thread.start()
        stopping.wait(NEW_PROJECTS)
    for thread in running.values():
        thread.join()


def _follow(
    settings: Settings,
    stopping: threading.Event,
    more: Callable[[Processor], None] | None,
    acting: Callable[[Settings], Follower] | None,
) -> None:
    """Score what comes in of one project."""
    enter_project(settings)
    while not stopping.is_set():
        try:
            with only_worker(settings) as connection:
                if connection is not None:
                    _work(settings, connection, stopping, more, acting)
        except UnavailableError as error:
            log.warning("live events wait: %s", error)
        stopping.wait(WAITING)


def _work(
    settings: Settings,
    connection: Connection,
    stopping: threading.Event,
    more: Callable[[Processor], None] | None,
    acting: Callable[[Settings], Follower] | None,
) -> None:
    while not _has_work(settings):
        if stopping.wait(IDLE):
            return
    # Here, not above: it brings DuckDB and the models, which a server that nobody sends to does without.
    from core.base.libraries.lean_imports import arrow_without_pandas

    arrow_without_pandas()
    from core.live.demo import play
    from core.live.processing import Processor

    rules = acting(settings) if acting is not None else None
    processor = Processor(settings, connection, rules)
    closed = tidied = played = ticked = 0.0
    try:
        while not stopping.is_set():
            try:
                now = time.monotonic()
                if now - played > PLAYING and fact(settings, DEMO):
                    play(settings)
                    played = now
                done = processor.run_once()
                if rules is not None and now - ticked > TICKING:
                    rules.tick()
                    ticked = now
                if now - closed > CLOSING:
                    processor.close_idle()
                    remember(settings, HEARTBEAT, str(time.time_ns() // 1000))
                    closed = time.monotonic()
                if now - tidied > TIDYING:
                    processor.forget()
                    if more is not None:
                        more(processor)
                    tidied = time.monotonic()
            except Exception:
                if connection.is_lost:
                    raise
                # A full disk, or a model that is just being replaced: nothing of the batch was written.
                log.exception("live events could not be scored; trying again")
                stopping.wait(WAITING)
                continue
            if not done:
                stopping.wait(PAUSE)
    finally:
        if rules is not None:
            rules.close()
        processor.close()


def _has_work(settings: Settings) -> bool:
    """Whether anything was ever sent that isn't done with."""
    inbox = "SELECT EXISTS (SELECT 1 FROM inbox)"
    if any(row[0] for row in inbox_reader(settings).execute(inbox)):
        return True
    tables = ("events", "over", "sessions", "firings")
    query = " UNION ALL ".join(f"SELECT EXISTS (SELECT 1 FROM {table})" for table in tables)
    return any(found for (found,) in reader(settings).execute(query)) or bool(fact(settings, DEMO))
