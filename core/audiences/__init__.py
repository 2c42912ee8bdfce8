"""Audiences: whom to act on, who is held out to see what acting brings, and what it may bring.

A ``Definition`` says who is meant; ``select`` applies it to a result, today's or tomorrow's.
"""

from core.audiences.definition import Definition
from core.audiences.holdout import (
    GROUPS,
    HELD_OUT,
    TREATED,
    draw,
    hashed_id,
    is_held_out,
    new_salt,
    normal_id,
)
from core.audiences.selecting import Selection, select

__all__ = [
    "GROUPS",
    "HELD_OUT",
    "TREATED",
    "Definition",
    "Selection",
    "draw",
    "hashed_id",
    "is_held_out",
    "new_salt",
    "normal_id",
    "select",
]
