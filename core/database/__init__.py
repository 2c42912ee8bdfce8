"""The metadata database: SQLite beside the data, or PostgreSQL by URL.

Each package that keeps records defines its own tables on ``metadata``; opening the database brings it to
today's schema by the migrations beside this file.
"""

from core.database.append_only import append_only
from core.database.opening import close_engine, get_engine, open_database, shared_engine
from core.database.tables import Before, UtcDateTime, meta, metadata, newest_first
from core.database.turns import wait_for_turn

__all__ = [
    "Before",
    "UtcDateTime",
    "append_only",
    "close_engine",
    "get_engine",
    "meta",
    "metadata",
    "newest_first",
    "open_database",
    "shared_engine",
    "wait_for_turn",
]
