"""Rules at work: they see every new score, what comes of the passing of time, and have it sent."""

from __future__ import annotations

import time
from collections.abc import Sequence

from core.base.settings import Settings
from core.base.shop import shop_settings
from core.live.connection import Connection
from core.live.database import connect, writing
from core.live.scoring import Score
from core.live.visits import People
from core.rules.delivery import Sender
from core.rules.firing import fire_due, follow


class Acting:
    """Follows the worker that scores (``core.live.processing.Follower``)."""

    def __init__(self, settings: Settings, *, sends: bool = True) -> None:
        self._settings = settings
        self._connection = connect(settings)
        self._sender = Sender(settings) if sends else None

    def scored(self, connection: Connection, scores: Sequence[Score], people: People) -> None:
        """Let rules fire for new scores, within the transaction that writes them."""
        follow(connection, shop_settings(self._settings), scores, people, time.time_ns() // 1000)

    def tick(self, now: int | None = None) -> None:
        """Let rules fire for visits in which nothing has happened for long enough."""
        now = time.time_ns() // 1000 if now is None else now
        due = "SELECT 1 FROM checks WHERE due_at <= ? LIMIT 1"
        while self._connection.execute(due, [now]).fetchone():
            with writing(self._connection) as connection:
                fire_due(connection, shop_settings(self._settings), now)

    def close(self) -> None:
        """Stop sending, and give the database back."""
        if self._sender is not None:
            self._sender.close()
        self._connection.close()
