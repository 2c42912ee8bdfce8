"""What the worker does for privacy: deletions that were asked for, and once a day what grew too old."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from dbos import Queue
from sqlalchemy.exc import SQLAlchemyError

from core.base.errors import CoreError
from core.base.settings import Settings
from core.privacy import records
from core.privacy.erasure import carry_out, compact
from core.privacy.exports import BusyError
from core.privacy.retention import keep_no_longer
from core.projects.records import in_every_project
from core.storage import get_store

log = logging.getLogger(__name__)

#: Seconds between looks for what was asked for.
PAUSE = 10.0
#: The fact that says on which day what had grown too old was last deleted.
DONE = "retention_done"


def begin(settings: Settings) -> Sequence[Queue]:
    """Look after privacy from a thread of its own, for as long as the worker runs."""
    threading.Thread(target=_run, args=(settings,), name="privacy", daemon=True).start()
    return []


def _run(settings: Settings) -> None:
    pause = threading.Event()
    while True:
        try:
            in_every_project(settings, look, "what was asked for privacy")
        except (CoreError, OSError, SQLAlchemyError) as error:
            log.warning("what was asked for privacy waits: %s", error)
        pause.wait(PAUSE)


def look(settings: Settings, now: datetime | None = None) -> None:
    """Do once what is to be done: deletions first, then, on a new day, what has grown too old."""
    for state in ("running", "waiting"):
        for record in records.records(settings, state=state):
            try:
                carry_out(record, settings)
            except BusyError:
                # A job of an export isn't over: it is tried again at the next look.
                continue
            except CoreError as error:
                log.warning("deletion %s failed: %s", record.id, error)
    today = f"{now or datetime.now(UTC):%Y-%m-%d}"
    store = get_store(settings)
    if store.fact(DONE) != today:
        keep_no_longer(settings, now)
        if store.settings.pseudonymise:
            # What came in clear is overwritten by and by; today's goes now.
            compact(settings)
        store.remember(DONE, today)
