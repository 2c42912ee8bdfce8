"""The process that scores what comes in: ``python -m core live-work``, started by ``serve`` by itself.

Any number may be started on a data folder: one works, the others wait to take its place.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from core.base.errors import CoreError, UnavailableError
from core.base.libraries.memory import release_memory
from core.base.project import enter_project
from core.base.settings import Settings
from core.live.connection import Connection
from core.live.database import DEMO, fact, inbox_reader, keep_fact, only_worker, reader, writing
from core.live.follower import Follower
from core.live.phases import CLOSE, RULES, TIDY, Phases
from core.projects.records import every_settings

log = logging.getLogger(__name__)

#: Seconds between looks into an empty inbox, between looks for sessions that are over, between the rest.
PAUSE, CLOSING, TIDYING = 0.05, 2.0, 60.0
#: Seconds from one batch to the next: what a batch costs besides its events would else take all there is.
PACE = 0.15
#: Seconds between looks for events of the demo shop that are due.
PLAYING = 1.0
#: Seconds between looks for rules that fire because nothing has happened.
TICKING = 0.5
#: Seconds to wait for a place, and after a failure.
WAITING = 1.0
#: Facts: the worker's last sign of life, and what its time went into.
HEARTBEAT, SPENT = "worker", "worker_spent"
#: Seconds between looks for the first event of all.
IDLE = 0.2
#: Seconds between looks for projects that are new.
NEW_PROJECTS = 2.0


def run(
    settings: Settings,
    more: Callable[[Settings], None] | None = None,
    acting: Callable[[Settings], Follower] | None = None,
) -> None:
    """Score what comes in, of every project in a thread of its own, until asked to stop.

    ``more`` is done every minute beside it, however long it takes; what ``acting`` makes follows the scores.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    running: dict[str, _Following] = {}
    while not stopping.is_set():
        try:
            there = {project.project: project for project in every_settings(settings)}
        except (CoreError, SQLAlchemyError) as error:
            log.warning("live events wait: %s", error)
            stopping.wait(NEW_PROJECTS)
            continue
        for deleted in running.keys() - there.keys():
            running.pop(deleted).stop()
        for name, project in there.items():
            if name not in running or not running[name].thread.is_alive():
                over = threading.Event()
                thread = threading.Thread(target=_follow, args=(project, over, more, acting))
                running[name] = _Following(thread, over)
                thread.start()
        stopping.wait(NEW_PROJECTS)
    for following in running.values():
        following.over.set()
    for following in running.values():
        following.stop()


@dataclass(frozen=True, slots=True)
class _Following:
    """A project's thread, and what ends it."""

    thread: threading.Thread
    over: threading.Event

    def stop(self) -> None:
        """End it, and wait until it has."""
        self.over.set()
        self.thread.join()


def _follow(
    settings: Settings,
    stopping: threading.Event,
    more: Callable[[Settings], None] | None,
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
    more: Callable[[Settings], None] | None,
    acting: Callable[[Settings], Follower] | None,
) -> None:
    while not _has_work(settings):
        if stopping.wait(IDLE):
            return
    # Here, not above: it brings DuckDB and the models, which a server that nobody sends to does without.
    from core.base.libraries.lean_imports import arrow_without_pandas

    arrow_without_pandas()
    from core.features import compile_apart
    from core.live.demo import play
    from core.live.processing import BATCH, CLOSED_AT_ONCE, Processor

    compile_apart()
    rules = acting(settings) if acting is not None else None
    processor = Processor(settings, connection, rules)
    phases = processor.phases
    closed = tidied = played = ticked = 0.0
    beside = threading.Thread()
    try:
        while not stopping.is_set():
            try:
                now = time.monotonic()
                if now - played > PLAYING and fact(settings, DEMO):
                    play(settings)
                    played = now
                began, done = time.monotonic(), processor.run_once()
                if rules is not None and now - ticked > TICKING:
                    with phases.of(RULES):
                        rules.tick()
                    ticked = now
                if now - closed > CLOSING:
                    _say_alive(settings, phases)
                    with phases.of(CLOSE):
                        is_more = processor.close_idle() == CLOSED_AT_ONCE
                    if not is_more:  # else the rest after what has come in
                        closed = time.monotonic()
                if now - tidied > TIDYING:
                    with phases.of(TIDY):
                        processor.forget()
                        release_memory()
                    if more is not None and not beside.is_alive():
                        beside = threading.Thread(target=_do, args=(more, settings))
                        beside.start()
                    tidied = time.monotonic()
                phases.round(began, batches=int(done > 0))
            except Exception:
                if connection.is_lost:
                    raise
                # A full disk, or a model that is just being replaced: nothing of the batch was written.
                log.exception("live events could not be scored; trying again")
                stopping.wait(WAITING)
                continue
            if done < BATCH // 2:  # else more is waiting
                stopping.wait(PAUSE if not done else max(0.0, began + PACE - time.monotonic()))
    finally:
        if beside.ident is not None:
            beside.join()
        if rules is not None:
            rules.close()
        processor.close()


def _do(more: Callable[[Settings], None], settings: Settings) -> None:
    """Do what takes its time; what fails is done again with the next round."""
    enter_project(settings)
    try:
        more(settings)
    except Exception:
        log.exception("visits that are over could not be added to their export; trying again")


def _say_alive(settings: Settings, phases: Phases) -> None:
    with writing(reader(settings)) as connection:
        keep_fact(connection, HEARTBEAT, str(time.time_ns() // 1000))
        keep_fact(connection, SPENT, phases.spent().written())


def _has_work(settings: Settings) -> bool:
    """Whether anything was ever sent that isn't done with."""
    inbox = "SELECT EXISTS (SELECT 1 FROM inbox)"
    if any(row[0] for row in inbox_reader(settings).execute(inbox)):
        return True
    tables = ("events", "over", "sessions", "firings")
    query = " UNION ALL ".join(f"SELECT EXISTS (SELECT 1 FROM {table})" for table in tables)
    return any(found for (found,) in reader(settings).execute(query)) or bool(fact(settings, DEMO))
