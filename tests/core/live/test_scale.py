"""What an event costs doesn't hang on how many visits there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from core.live.database import reader
from core.live.overview import now
from core.live.scores import session_score, visitor_score
from tests.core.live.conftest import Shop


def view(visitor: str, **more: Any) -> dict[str, Any]:
    # Of now, not of when the tests were collected: half an hour later nobody would be in the shop.
    at = datetime.now(UTC).isoformat()
    return {"event_type": "product_view", "visitor_id": visitor, "timestamp": at, **more}


def steps(connection: Any, work: Callable[[], object]) -> int:
    """Return how many hundreds of steps the database took for some work."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection.set_progress_handler(count, 100)
    work()
    connection.set_progress_handler(None, 0)
    return taken


def test_neither_scoring_nor_asking_nor_closing_reads_all_visits(sqlite_shop: Shop) -> None:
    shop = sqlite_shop

    def one_more(name: str) -> int:
        shop.events(view(name), view(name, session_id=f"S-{name}"))
        return steps(shop.worker._connection, shop.worker.work_off)

    def asked(name: str) -> int:
        kept = reader(shop.settings)
        return steps(
            kept, lambda: (session_score(shop.settings, f"S-{name}"), visitor_score(shop.settings, name))
        )

    def closed() -> int:
        return steps(shop.worker._connection, shop.worker.close_idle)

    one_more("warm")
    few = one_more("a"), asked("a"), closed()
    shop.events(*(view(f"many-{i}", event_id=str(i)) for i in range(3000)))
    shop.worker.work_off()
    many = one_more("b"), asked("b"), closed()

    assert many[0] <= few[0] + 20
    assert many[1] <= few[1] + 20
    assert many[2] <= few[2] + 20
    assert now(shop.settings).n_running > 3000
