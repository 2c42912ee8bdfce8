"""Files that already have one row a session, under any common names of columns."""

from __future__ import annotations

from core.ingest.cells.sniff import SPOILT_ID
from core.ingest.files.head import Head
from core.ingest.formats.base import Format, Match
from core.ingest.formats.guess import event_words, guess_columns
from core.ingest.formats.outcomes import is_flags, other_outcomes, say_of_others
from core.schema.events import EventType
from core.schema.sessions import FEATURES, SESSION_FIELDS

#: Columns only a summary of a session has. One of them must be there.
SUMMARIES = frozenset(
    "n_events clicks page_views product_views searches cart_adds cart_removes checkouts duration_seconds "
    "mean_gap_seconds unique_products unique_categories price_max cart_value purchased".split()
)
_FEWEST = 2


def _find(head: Head) -> Match | None:
    columns = guess_columns(head, "sessions")
    known = [name for name in columns if name in FEATURES or name == "country"]
    if not known or not SUMMARIES & set(columns):
        return None
    if len(known) < _FEWEST and not _is_one_a_session(head, columns):
        return None
    events = guess_columns(head, "events")
    words = event_words(head.values(events["event_type"])) if "event_type" in events else {}
    if set(words.values()) - {EventType.OTHER}:
        return None
    ids: list[str] = []
    if "session_id" in columns:
        place = head.names.index(columns["session_id"])
        cells = (row[place] or "" for row in dict.fromkeys(head.rows))  # a row delivered twice is one
        ids = [cell for cell in cells if cell and not SPOILT_ID.fullmatch(cell)]  # told when they are read
    if len(set(ids)) < len(ids) * 0.6:
        return None
    listed = ", ".join(f"{columns[name]} → {name}" for name in columns)
    reasons = [f"{len(columns)} of its columns describe a whole session: {listed}."]
    if ids:
        reasons.append(f"“{columns['session_id']}” is different in every row looked at.")
    share = len(columns) / max(len(head.names), 1)
    return Match(
        score=0.5 + 0.3 * share, reasons=tuple(reasons), columns=columns, notes=_notes(head, columns)
    )


def _is_one_a_session(head: Head, columns: dict[str, str]) -> bool:
    """Whether every row has a session id of its own, and something that adds up what happened in it."""
    ids = head.values(columns["session_id"]) if "session_id" in columns else []
    counts = (SUMMARIES - {"purchased"}) & set(columns)
    return bool(counts) and len(ids) > 1 and len(set(ids)) == len(ids) == len(head.rows)


def _notes(head: Head, columns: dict[str, str]) -> tuple[str, ...]:
    others = other_outcomes(head, columns.values())
    said = say_of_others(others, has_outcome=bool({"purchased", "revenue"} & set(columns)))
    if "session_id" not in columns:
        return ("It has no session ids, so sessions are named by row number.", *said)
    if "purchased" in columns and not is_flags(head.values(columns["purchased"])):
        return (f"“{columns['purchased']}” is read as bought yes or no.", *said)
    return tuple(said)


FORMAT = Format(
    key="session_rows",
    title="Session rows",
    kind="sessions",
    columns={field.name: (field.name,) for field in SESSION_FIELDS},
    told_types=frozenset({EventType.PURCHASE}),
    recogniser=_find,
)
