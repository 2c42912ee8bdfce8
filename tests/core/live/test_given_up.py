"""Who sends may hang up before the answer: that is nobody else's concern."""

from __future__ import annotations

import asyncio

from core.api.collector import until_done
from core.live.database import connect_inbox
from core.live.inbox import inbox_of
from core.live.trackers.taken import Taken
from tests.core.live.conftest import Shop


def test_a_request_that_is_given_up_on_stops_no_other(sqlite_shop: Shop) -> None:
    inbox = inbox_of(sqlite_shop.settings)
    event = Taken(sqlite_shop.source, "live", b"1", 1, "{}")
    other = connect_inbox(sqlite_shop.settings)
    other.begin()  # as a disk or a database that takes its time

    async def hang_up() -> None:
        waiting = asyncio.create_task(until_done(inbox.add([event])))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(hang_up())
    other.rollback()
    other.close()
    inbox.add([event]).result(timeout=60)

    assert sqlite_shop.inbox() == ["{}", "{}"]
