"""What is asked of a session: how likely it still ends in a purchase, what it is worth, and why."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from core.base.errors import CoreError
from core.base.settings import Settings
from core.bundle.predictor import GOING_ON, Predictor
from core.explain import reasons_of
from core.live.database import DONE, fact, inbox_reader, reader
from core.live.scoring import RUNNING
from core.schema.sessions import SESSION_SCHEMA

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
    by_kind: defaultdict[tuple[str, bool], list[dict[str, Any]]] = defaultdict(list)
    for each, answer in zip(found, answers, strict=True):
        if answer["features"]:
            by_kind[each["model"], each["state"] == RUNNING].append(answer)
    for (model, going_on), theirs in by_kind.items():
        try:
            predictor = Predictor.load(model, settings)
        except CoreError as error:
            # The model has been deleted since: what it said stands, and why can't be asked any more.
            log.warning("live sessions have no reasons: %s", error)
            continue
        features = [answer["features"] for answer in theirs]
        for answer, reasons in zip(theirs, _reasons(predictor, features, going_on=going_on), strict=True):
            answer |= {
                "currency": predictor.currency,
                "reasons": reasons,
                "accuracy": early_figures(predictor, answer["features"]),
            }
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
        "started_at": _iso(found["first_at"]),
        "last_event_at": _iso(found["last_at"]),
        "scored_at": _iso(found["scored_at"]),
        "model": found["model"],
        "probability": prediction.get("purchase_probability"),
        "expected_revenue": prediction.get("expected_revenue"),
        "revenue_if_purchase": prediction.get("revenue_if_purchase"),
        "revenue_range": [prediction.get("revenue_low"), prediction.get("revenue_high")],
        "cluster": prediction.get("cluster_name"),
        "features": features,
    }


def early_figures(predictor: Predictor, features: dict[str, Any]) -> dict[str, Any] | None:
    """Return how good the model is after so many events, as its card has it; None where it says nothing.

    Before the first cart add those figures count, which are of sessions before it.
    """
    n = features.get("n_events") or 0
    regime = "all" if features.get("cart_adds") else "before_cart"
    rows = [row for row in predictor.manifest.early if row["regime"] == regime and row["k"]]
    known = [row for row in rows if row["k"] <= n] or rows[:1]
    if not known:
        return None
    row = max(known, key=lambda each: each["k"])
    figures = {name: row["metrics"][name]["value"] for name in _EARLY if name in row["metrics"]}
    return {"after_events": row["k"], "sessions": row["n"], "regime": regime, **figures}


def as_rows(features: list[dict[str, Any]]) -> pa.Table:
    """Return session rows that were kept as JSON as a table."""
    moments = [
        row | {"started_at": datetime.fromisoformat(row["started_at"]) if row.get("started_at") else None}
        for row in features
    ]
    return pa.Table.from_pylist(moments, SESSION_SCHEMA)


def waiting(settings: Settings) -> int:
    """Return how many events were taken and are not scored yet."""
    # Asked for together, the two would be looked for in every row.
    ends = "SELECT (SELECT min(n) FROM inbox), (SELECT max(n) FROM inbox)"
    first, last = inbox_reader(settings).execute(ends).fetchone() or (None, None)
    return 0 if first is None else max(0, int(last) - max(int(first) - 1, int(fact(settings, DONE) or 0)))


def _reasons(
    predictor: Predictor, features: list[dict[str, Any]], *, going_on: bool
) -> list[list[dict[str, Any]]]:
    if not predictor.predicts_purchase:
        return [[] for _ in features]
    table = as_rows(features).append_column(GOING_ON, pa.array([going_on] * len(features)))
    return [[asdict(reason) for reason in reasons] for reasons in reasons_of(predictor, table, threads=1)]


def _iso(micros: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).isoformat()
