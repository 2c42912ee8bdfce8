"""Sending what has fired: at least once with the same id, again after longer and longer pauses, or given up.

Whoever sends takes a firing first, by moving its next attempt past the time a receiver may take. Killed in
between, it is sent again then, with the same id.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from core.base.errors import CoreError
from core.base.project import same_project
from core.base.settings import Settings
from core.live.connection import Connection
from core.live.database import reader, writing
from core.live.schema import MICROS
from core.rules import message, webhook
from core.rules.facts import Facts
from core.rules.records import DEAD, SENT, WAITING, Firing
from core.rules.repository import get_rule, rules
from core.rules.rule import Rule
from core.rules.webhook import NotDelivered

log = logging.getLogger(__name__)

#: Sent at a time in all, and for one rule: a receiver that hangs must not keep others waiting.
THREADS, PER_RULE = 16, 4
#: Each pause is so many times the one before, up to this many seconds, give or take a share of it.
LONGER, LONGEST, JITTER = 4.0, 4 * 3600.0, 0.2
#: Seconds between looks for what is to be sent.
PAUSE = 0.2
#: Seconds after the time a receiver may take in which nobody else sends the same.
GRACE = 2.0
_COLUMNS = "id, rule, fired_at, held_out, told, status, attempts, since, problem, ended_at"


class Sender:
    """Sends from threads of its own until it is closed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="rules-send", **same_project())
        self._stopping = threading.Event()
        self._busy: dict[str, int] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name="rules-sender", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop; what is under way is finished, what waits stays."""
        self._stopping.set()
        self._thread.join()
        self._pool.shutdown()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                begun = self._begin()
            except Exception:
                log.exception("what has fired could not be sent; trying again")
                begun = 0
            if not begun:
                self._stopping.wait(PAUSE)

    def _begin(self) -> int:
        connection, now = reader(self._settings), time.time_ns() // 1000
        due = "SELECT DISTINCT rule FROM firings WHERE status = ? AND next_at <= ?"
        waiting = [rule for (rule,) in connection.execute(due, [WAITING, now]).fetchall()]
        if not waiting:
            return 0
        known = {rule.id: rule for rule in rules(connection)}
        begun = 0
        for rule_id in waiting:
            with self._lock:
                room = PER_RULE - self._busy.get(rule_id, 0)
            if room > 0 and rule_id in known:
                for firing in take(connection, self._settings, rule_id, room, now):
                    with self._lock:
                        self._busy[rule_id] = self._busy.get(rule_id, 0) + 1
                    self._pool.submit(self._send, known[rule_id], firing)
                    begun += 1
        return begun

    def _send(self, rule: Rule, firing: Firing) -> None:
        try:
            attempt(self._settings, rule, firing)
        except Exception:
            # It is taken until its time has passed, and sent again then.
            log.exception("firing %s could not be sent", firing.id)
        finally:
            with self._lock:
                self._busy[rule.id] -= 1


def take(connection: Connection, settings: Settings, rule_id: str, most: int, now: int) -> list[Firing]:
    """Take firings that are due, so that nobody else sends them meanwhile."""
    found = connection.execute(
        f"SELECT {_COLUMNS}, next_at FROM firings WHERE rule = ? AND status = ? AND next_at <= ? "
        "ORDER BY next_at LIMIT ?",
        [rule_id, WAITING, now, most],
    ).fetchall()
    until = now + round((settings.webhook_timeout_seconds + GRACE) * MICROS)
    taken = []
    for *row, next_at in found:
        with writing(connection):
            ours = connection.execute(
                "UPDATE firings SET next_at = ?, attempts = attempts + 1 "
                "WHERE id = ? AND status = ? AND next_at = ?",
                [until, row[0], WAITING, next_at],
            ).rowcount
        if ours:
            taken.append(_firing(row, attempts=row[6] + 1))
    return taken


def attempt(settings: Settings, rule: Rule, firing: Firing) -> None:
    """Send a firing that was taken, and write down what became of it."""
    problem, final = None, False
    try:
        (webhook.post if rule.action.kind == "webhook" else message.send)(rule, firing, settings)
    except NotDelivered as error:
        problem, final = str(error), error.final
    except CoreError as error:
        problem = str(error)
    now = time.time_ns() // 1000
    given_up = final or now - firing.since > settings.webhook_hours * 3600 * MICROS
    with writing(reader(settings)) as connection:
        if problem is None or given_up:
            connection.execute(
                "UPDATE firings SET status = ?, ended_at = ?, problem = ? WHERE id = ? AND status <> ?",
                [SENT if problem is None else DEAD, now, problem, firing.id, SENT],
            )
        else:
            again = now + round(pause(firing.attempts, settings.webhook_retry_seconds) * MICROS)
            connection.execute(
                "UPDATE firings SET next_at = ?, problem = ? WHERE id = ? AND status = ?",
                [again, problem, firing.id, WAITING],
            )


def pause(attempts: int, first: float) -> float:
    """Return how many seconds to wait after so many attempts: longer each time, never all at once."""
    usual = min(first * LONGER ** min(attempts - 1, 30), max(LONGEST, first))
    return usual * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - nobody must not guess it


def dead_letters(settings: Settings, rule_id: str, most: int = 100) -> tuple[Firing, ...]:
    """Return what was given up, the latest first."""
    rows = reader(settings).execute(
        f"SELECT {_COLUMNS} FROM firings WHERE rule = ? AND status = ? ORDER BY ended_at DESC LIMIT ?",
        [rule_id, DEAD, most],
    )
    return tuple(_firing(row) for row in rows)


def send_again(settings: Settings, rule_id: str, firing_id: str | None = None) -> int:
    """Let what was given up, all of it or one, be sent again with the same id; return how many.

    Raises
    ------
    NotFoundError
        If there is no such rule.
    """
    rule, now = get_rule(settings, rule_id), time.time_ns() // 1000
    one, which = ("AND id = ?", [firing_id]) if firing_id is not None else ("", [])
    with writing(reader(settings)) as connection:
        # As if it had just fired: it has as long as any other to be delivered.
        return connection.execute(
            f"UPDATE firings SET status = ?, attempts = 0, next_at = ?, since = ?, ended_at = NULL "
            f"WHERE rule = ? AND status = ? {one}",
            [WAITING, now, now, rule.id, DEAD, *which],
        ).rowcount


def _firing(row: list[object] | tuple[object, ...], **more: object) -> Firing:
    names = (
        "id",
        "rule",
        "fired_at",
        "is_held_out",
        "facts",
        "status",
        "attempts",
        "since",
        "problem",
        "ended_at",
    )
    told = dict(zip(names, row, strict=True))
    told |= {"facts": Facts.read(str(told["facts"])), "is_held_out": bool(told["is_held_out"]), **more}
    return Firing(**told)  # type: ignore[arg-type]
