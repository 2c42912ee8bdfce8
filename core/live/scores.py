"""What is asked of a session: how likely it still ends in a purchase, what it is worth, and why."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from core.base.errors import CoreError
from core.base.settings import Settings
from core.base.written import counted
from core.bundle.repository import Manifest, known_manifest
from core.live.clock import moment_at
from core.live.database import DONE, fact, inbox_reader, reader
from core.live.scoring import REASONS
from core.security.pseudonym import as_stored
from core.stats.estimate import Figure, unknown
from core.stats.guessing import DONT, guesses

log = logging.getLogger(__name__)

COLUMNS = (
    "source, session_id, visitor_id, first_at, last_at, received_at, n_events, step, state, row, prediction, "
    "model, scored_at"
)
UNKNOWN = "unknown"
_EARLY = ("roc_auc", "pr_auc", "lift_top10", "calibration_error")


def session_score(settings: Settings, session_id: str) -> dict[str, Any]:
    """Return the score of a session by its id; of several sources' the latest."""
    query = f"SELECT {COLUMNS} FROM sessions WHERE session_id = ? ORDER BY received_at DESC LIMIT 1"
    return _answer(settings, query, [session_id], session_id=session_id)


def visitor_score(settings: Settings, visitor_id: str) -> dict[str, Any]:
    """Return the score of a visitor's latest session, by any id the visitor is known by."""
    visitor_id = as_stored(visitor_id, settings)
    connection = reader(settings)
    people = connection.execute("SELECT person FROM people WHERE known = ?", [visitor_id]).fetchall()
    ids = [visitor_id, *(person for (person,) in people)]
    query = (
        f"SELECT {COLUMNS} FROM sessions WHERE visitor_id IN ({', '.join('?' * len(ids))}) "
        "ORDER BY last_at DESC LIMIT 1"
    )
    return _answer(settings, query, ids, visitor_id=visitor_id)


def _answer(settings: Settings, query: str, values: list[str], **asked: str) -> dict[str, Any]:
    row = reader(settings).execute(query, values).fetchone()
    if row is None:
        return {**asked, "state": UNKNOWN, "waiting": waiting(settings)}
    return answers_of(settings, [row])[0]


def answers_of(settings: Settings, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return what is answered of sessions: rows of the table of sessions, with the columns of ``COLUMNS``."""
    found = [dict(zip(COLUMNS.split(", "), row, strict=True)) for row in rows]
    n_waiting = waiting(settings)
    answers = [_facts(each) | {"waiting": n_waiting} for each in found]
    for each, answer in zip(found, answers, strict=True):
        if not answer["features"]:
            continue
        try:
            manifest = known_manifest(each["model"], settings)
        except CoreError as error:
            # The model has been deleted since: what it said stands, and how good it was can't be asked.
            log.warning("live sessions have no accuracy: %s", error)
            continue
        answer["currency"] = manifest.currency
        answer["accuracy"] = early_figures(manifest, answer["features"])
    return answers


def _facts(found: dict[str, Any]) -> dict[str, Any]:
    features, prediction = json.loads(found["row"]), json.loads(found["prediction"])
    return {
        "session_id": found["session_id"],
        "visitor_id": found["visitor_id"],
        "source": found["source"],
        "state": found["state"],
        "step": found["step"],
        "purchased": features.get("purchased"),
        "events_seen": found["n_events"],
        "started_at": moment_at(found["first_at"]).isoformat(),
        "last_event_at": moment_at(found["last_at"]).isoformat(),
        "scored_at": moment_at(found["scored_at"]).isoformat(),
        "model": found["model"],
        "probability": prediction.get("purchase_probability"),
        "expected_revenue": prediction.get("expected_revenue"),
        "revenue_if_purchase": prediction.get("revenue_if_purchase"),
        "revenue_range": [prediction.get("revenue_low"), prediction.get("revenue_high")],
        "cluster": prediction.get("cluster_name"),
        "features": features,
    } | ({"reasons": prediction.get(REASONS) or []} if features else {})


def early_figures(manifest: Manifest, features: dict[str, Any]) -> dict[str, Any] | None:
    """Return how good the model is after so many events, as its card has it; None where it says nothing.

    Before the first cart add those figures count, which are of sessions before it. ``warning`` is a sentence
    where they can't show that the model does better than guessing, as for files.
    """
    n = features.get("n_events") or 0
    regime = "all" if features.get("cart_adds") else "before_cart"
    rows = [row for row in manifest.early if row["regime"] == regime and row["k"]]
    known = [row for row in rows if row["k"] <= n] or rows[:1]
    if not known:
        return None
    row = max(known, key=lambda each: each["k"])
    figures = {name: row["metrics"][name]["value"] for name in _EARLY if name in row["metrics"]}
    area = Figure(**row["metrics"]["roc_auc"]) if "roc_auc" in figures else unknown(row["n"])
    events = counted(row["k"], "event")
    said = guesses(area, row["buyers"], where=f"after {events}", shown_by=f"its test after {events}")
    return {
        "after_events": row["k"], "sessions": row["n"], "buyers": row["buyers"], "regime": regime, **figures,
        "roc_auc_interval": [area.low, area.high], "warning": f"{said[1]} {DONT}" if said else None,
    }  # fmt: skip


def waiting(settings: Settings) -> int:
    """Return how many events were taken and are not scored yet."""
    query = "SELECT coalesce(sum(events), 0) FROM inbox WHERE n > ?"
    (n,) = inbox_reader(settings).execute(query, [int(fact(settings, DONE) or 0)]).fetchone() or (0,)
    return int(n)
