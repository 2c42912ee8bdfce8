"""Arguments of an address, as pages get them from the router."""

from __future__ import annotations


def single(value: str | list[str] | None) -> str | None:
    """Return an argument once, however often the address has it: the last one counts."""
    return value[-1] if isinstance(value, list) else value
