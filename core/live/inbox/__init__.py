"""Where events wait until they are scored."""

from core.live.inbox.taken import Taken
from core.live.inbox.writer import inbox_of, write

__all__ = ["Taken", "inbox_of", "write"]
