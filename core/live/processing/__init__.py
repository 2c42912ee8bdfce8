"""The worker's work: batches from the inbox to scores, sessions that end, and what is forgotten."""

from core.live.processing.events import DAY, TOO_LONG
from core.live.processing.housekeeping import CLOSED_AT_ONCE
from core.live.processing.processor import BATCH, Processor

__all__ = ["BATCH", "CLOSED_AT_ONCE", "DAY", "TOO_LONG", "Processor"]
