"""Small scored exports with times, for tests of what several tell together."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.results.history.history import Export
from core.results.scored_sessions import ScoredSessions
from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA
from core.storage import Result, Store

FIRST = date(2026, 3, 2)


def sessions(
    days: int, *, a_day: int = 200, share: float = 0.05, seed: int = 1, first: date = FIRST
) -> pd.DataFrame:
    """Return sessions of some days in two channels, of which email buys three times as often."""
    random = np.random.default_rng(seed)
    n = days * a_day
    day = np.repeat(np.arange(days), a_day)
    email = random.random(n) < 0.3
    chance = np.where(email, 3 * share, share) / 1.6
    bought = random.random(n) < chance
    start = (
        pd.Timestamp(first) + pd.to_timedelta(day, "D") + pd.to_timedelta(random.integers(0, 86400, n), "s")
    )
    return pd.DataFrame(
        {
            "session_id": [f"{first + timedelta(days=int(d))}-{place}" for place, d in enumerate(day)],
            "visitor_id": [f"v{first + timedelta(days=int(d))}-{place // 2}" for place, d in enumerate(day)],
            "started_at": start,
            "day_of_week": start.day_of_week + 1,
            "channel": np.where(email, "email", "search"),
            # Both visits of a visitor come from one device.
            "device": np.repeat(random.choice(["mobile", "desktop"], (n + 1) // 2), 2)[:n],
            "purchased": bought,
            "revenue": np.where(bought, 50.0, 0.0),
            "purchase_probability": chance,
            "predicted_purchase": chance > 0.08,
            "expected_revenue": chance * 50.0,
        }
    )


def scored(path: Path, frame: pd.DataFrame) -> None:
    """Write sessions as a result's file."""
    schema = pa.schema([*SESSION_SCHEMA, *PREDICTION_SCHEMA])
    arrays = [
        pa.array(frame[field.name], field.type) if field.name in frame else pa.nulls(len(frame), field.type)
        for field in schema
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path)


SESSION_ROW = "session_id,clicks,price_mean\na,1,2\n"
#: Of another tool than session rows are.
REES46_ROW = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
    "2026-03-16 08:00:00 UTC,view,1,2,shoes.boots,nord,59.90,4,s1\n"
)


def add_result(
    store: Store,
    frame: pd.DataFrame,
    name: str,
    *,
    synthetic: bool = False,
    currency: str = "EUR",
    rows: str = SESSION_ROW,
) -> Result:
    """Put a scored export into a store; ``rows`` are what its file is recognised by."""
    upload = store.incoming_dir / name
    upload.write_text(rows, encoding="utf-8")
    dataset = store.add_dataset(upload, filename=name, name=name, synthetic=synthetic)
    result = store.create_result(dataset.id, bundle="demo-shop")
    scored(result.path, frame)
    store.update_result(result.id, state="done", n_sessions=len(frame), currency=currency)
    return store.result(result.id)


def export(folder: Path, name: str, frame: pd.DataFrame, currency: str | None = "EUR") -> Export:
    """Write sessions as a scored export."""
    path = folder / name / "sessions.parquet"
    scored(path, frame)
    return Export(id=name, name=f"{name}.csv", sessions=ScoredSessions.of(path), currency=currency)
