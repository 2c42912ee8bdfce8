"""What each tracker sends, as records of the export its source would write.

A tracker is known by the address it sends to. What its records mean is no business of these modules: that
is read by the format of the same source in ``core.ingest.formats``, as from a file.
"""

from core.live.trackers import matomo, plain, posthog, segment, snowplow
from core.live.trackers.base import Batch, Record, Request, Tracker

__all__ = [
    "BY_FORMAT",
    "MATOMO",
    "PLAIN",
    "POSTHOG",
    "SEGMENT",
    "SNOWPLOW",
    "Batch",
    "Record",
    "Request",
    "Tracker",
]

SEGMENT: Tracker = segment.Segment()
POSTHOG: Tracker = posthog.PostHog()
SNOWPLOW: Tracker = snowplow.Snowplow()
MATOMO: Tracker = matomo.Matomo()
PLAIN: Tracker = plain.Plain()

BY_FORMAT = {tracker.format: tracker for tracker in (SEGMENT, POSTHOG, SNOWPLOW, MATOMO, PLAIN)}
