"""Hashes and draws worked out by hand, in Python: what the database is held against."""

from __future__ import annotations

import hashlib

from core.base.normal_ids import normal_id


def hashed_id(raw: str) -> str:
    """Return the SHA-256 of the trimmed, lower-cased id, in hexadecimal: what ad platforms take."""
    return hashlib.sha256(normal_id(raw).encode()).hexdigest()


def draw(raw: str, salt: str) -> float:
    """Return an id's number from 0 to 1 (1 excluded): the first 52 bits of a hash."""
    return int(hashlib.sha256((salt + normal_id(raw)).encode()).hexdigest()[:13], 16) / 2**52


def is_held_out(raw: str, share: float, salt: str) -> bool:
    """Tell whether the visitor or session of this raw id is held out."""
    return draw(raw, salt) < share
