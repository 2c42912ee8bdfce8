"""Event logs of the synthetic demo shop: made up, seeded, and as uncertain as real ones.

The same arguments give the same bytes on any machine. Sessions are sorted by their start, events by
time within their session. Blocks of sessions are made and written one after the other, so that
memory stays flat however long the log is.
"""

from __future__ import annotations

from core.simulate.event_log import simulate_events, write_events

__all__ = ["simulate_events", "write_events"]
