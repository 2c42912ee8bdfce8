"""How visitors move through the shop: the steps of sessions, in order, counted.

Everything is asked of a ``Source``: a result whose export told events. What came as session rows has no
steps (``has_events`` says so), but a funnel.
"""

from __future__ import annotations

from core.journeys.abandonment import Abandonment, abandonment
from core.journeys.events import has_events, session_events
from core.journeys.funnel import Funnel, funnel
from core.journeys.labels import step_name
from core.journeys.medoid import TypicalPath, typical_path
from core.journeys.paths import Paths, paths_of
from core.journeys.steps import Journeys, first_steps, journeys, last_steps
from core.journeys.times import Times, step_times

__all__ = [
    "Abandonment",
    "Funnel",
    "Journeys",
    "Paths",
    "Times",
    "TypicalPath",
    "abandonment",
    "first_steps",
    "funnel",
    "has_events",
    "journeys",
    "last_steps",
    "paths_of",
    "session_events",
    "step_name",
    "step_times",
    "typical_path",
]
