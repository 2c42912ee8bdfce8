"""Scores on the disk: one row a session, replaced whenever an event of it comes in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence

from core.live import early
from core.live.connection import Connection
from core.live.database import SCORED, keep_fact
from core.live.scoring import OVER, REASONS, ROBOT, RUNNING, Score, row_text
from core.live.visits import People

_COLUMNS = (
    "source", "session_id", "visitor_id", "own", "first_at", "last_at", "received_at", "n_events", "step",
    "state", "probability", "value", "row", "prediction", "model", "scored_at", "scored_n",
)  # fmt: skip
_REPLACE = (
    f"INSERT INTO sessions ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    "ON CONFLICT (session_id, source) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name not in ("source", "session_id"))
)


def rename(connection: Connection, people: People) -> None:
    """Give what is stored under an id to the visitor that it has turned out to stand for."""
    for (source, known), person in people.new.items():
        connection.execute(
            "INSERT INTO people VALUES (?, ?, ?) ON CONFLICT (known, source) "
            "DO UPDATE SET person = excluded.person",
            [source, known, person],
        )
        connection.execute(
            "UPDATE events SET visitor_id = ? WHERE source = ? AND visitor_id = ?", [person, source, known]
        )
        connection.execute(
            "DELETE FROM sessions WHERE source = ? AND visitor_id = ? AND own = 0 AND state <> ?",
            [source, known, OVER],
        )
        connection.execute(
            "UPDATE sessions SET visitor_id = ? WHERE source = ? AND visitor_id = ?", [person, source, known]
        )


def replace_sessions(connection: Connection, scores: Sequence[Score], *, state: str) -> None:
    """Write scores. A late event may have joined or renamed a visitor's sessions: those go first."""
    whose = {(s.visit.source, s.visit.visitor_id) for s in scores if not s.visit.own}
    connection.executemany(
        "DELETE FROM sessions WHERE source = ? AND visitor_id = ? AND own = 0 AND state <> 'over'",
        list(whose),
    )
    insert_sessions(connection, scores, state=state)


def insert_sessions(connection: Connection, scores: Iterable[Score], *, state: str) -> None:
    """Write scores of sessions that aren't there, or replace those that are."""
    now = time.time_ns() // 1000
    kept = connection.execute("SELECT value FROM facts WHERE name = ?", [SCORED]).fetchone()
    begin = int(kept[0]) + 1 if kept else 1
    scores, rows = list(scores), []
    for number, score in enumerate(scores, begin):
        visit, (first, last) = score.visit, score.visit.moments
        rows.append(
            (
                visit.source, visit.session_id, visit.visitor_id, int(visit.own), first, last,
                visit.received_at, len(visit.events), score.step,
                ROBOT if score.is_robot and state == RUNNING else state,
                score.prediction.get("purchase_probability"), score.row.get("cart_value"),
                row_text(score.row), json.dumps(score.prediction | {REASONS: score.reasons}), score.model,
                now, number,
            )
        )  # fmt: skip
    connection.executemany(_REPLACE, rows)
    early.keep(connection, scores, state=state, now=now)
    keep_fact(connection, SCORED, str(begin + len(rows) - 1))
