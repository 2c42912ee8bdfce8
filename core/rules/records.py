"""A rule's firing: what was true of the visit, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from core.rules.facts import Facts

#: Where a firing stands. Of a visitor who is held out nothing is sent; ``DEAD`` was given up.
HELD, WAITING, SENT, SHOWN, DEAD = "held out", "waiting", "sent", "shown", "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A rule that has fired, once; ``id`` is also the key by which a receiver tells it from others.

    Times are microseconds since 1970; ``since`` is from when on it is tried to be sent, ``problem`` why the
    last attempt failed.
    """

    id: str
    rule: str
    fired_at: int
    is_held_out: bool
    facts: Facts
    status: str
    attempts: int = 0
    since: int = 0
    problem: str | None = None
    ended_at: int | None = None
