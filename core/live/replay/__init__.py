"""An export played back through the collector, and what live said of it beside what its file says."""

from core.live.replay.comparing import Compared, Probabilities, compare, from_file
from core.live.replay.export import Event, Export, events_of, new_mark, sessions_of
from core.live.replay.playing import Here, play

__all__ = [
    "Compared",
    "Event",
    "Export",
    "Here",
    "Probabilities",
    "compare",
    "events_of",
    "from_file",
    "new_mark",
    "play",
    "sessions_of",
]
