"""Audiences: who to contact, who is held out to measure the effect, and what it may earn.

A ``Definition`` says who is meant; ``select`` applies it to a result, today's or tomorrow's.
"""

from core.audiences.defaults import default_definition, fitted, read_definition
from core.audiences.definition import Definition
from core.audiences.figures import (
    BandFigures,
    Curve,
    Figures,
    band_filters,
    band_limits,
    bands,
    figures,
    profit_curve,
)
from core.audiences.holdout import GROUPS, HELD_OUT, TREATED, draw, held_out
from core.audiences.selection import Selection, select

__all__ = [
    "GROUPS",
    "HELD_OUT",
    "TREATED",
    "BandFigures",
    "Curve",
    "Definition",
    "Figures",
    "Selection",
    "band_filters",
    "band_limits",
    "bands",
    "default_definition",
    "draw",
    "figures",
    "fitted",
    "held_out",
    "profit_curve",
    "read_definition",
    "select",
]
