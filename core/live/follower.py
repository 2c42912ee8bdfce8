"""What goes on beside scoring, as the worker knows it: what sees new scores, and is given its time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from core.live.connection import Connection
    from core.live.scoring import Score
    from core.live.visits import People


class Follower(Protocol):
    """Who sees new scores in the transaction that writes them."""

    def scored(self, connection: Connection, scores: Sequence[Score], people: People) -> None:
        """Look at scores; ``people`` has the ids that have turned out to stand for another visitor."""

    def tick(self) -> None:
        """Do what is due because time has passed."""

    def close(self) -> None:
        """Stop."""
