"""How long pieces of work tell how far they are: a share of 1, and what is being done."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]


def silent(share: float, message: str) -> None:
    """Tell nobody."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """Return a callback whose 0 to 1 is the stretch from ``start`` to ``stop`` of another one."""

    def report(share: float, message: str) -> None:
        progress(start + (stop - start) * min(max(share, 0.0), 1.0), message)

    return report
