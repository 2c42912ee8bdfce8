"""How visitors move through the shop: the steps of sessions, in order, counted.

Everything is asked of a ``Source``: a result whose export told events. What came as session rows has no
steps (``has_events`` says so), but a funnel.
"""

from __future__ import annotations

from core.journeys.events import has_events, session_events

__all__ = ["has_events", "session_events"]
