"""Scored sessions made from the schemas, for tests of what reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA

NAMES = ("Window shoppers", "Comparers", "Cart builders")


def scored_frame(n: int = 600, *, outcomes: bool = True, seed: int = 7) -> pd.DataFrame:
    """Return ``n`` sessions in three clusters of different size and conversion, shuffled."""
    random = np.random.default_rng(seed)
    cluster = random.choice(3, size=n, p=[0.6, 0.3, 0.1])
    views = random.poisson(1 + 4 * cluster)
    adds = np.where(cluster == 2, 1 + random.poisson(1.0, n), 0)
    bought = random.random(n) < np.array([0.01, 0.05, 0.4])[cluster]
    events = 1 + views + adds
    price = np.where(random.random(n) < 0.1, np.nan, random.lognormal(3.5, 0.4, n))
    probability = np.clip(np.array([0.01, 0.05, 0.4])[cluster] + random.normal(0, 0.004, n), 0.001, 0.999)
    paid = np.where(bought, random.lognormal(4, 0.5, n), 0.0)
    return pd.DataFrame(
        {
            "session_id": [f"s{number:05d}" for number in random.permutation(n)],
            "visitor_id": [f"v{number:05d}" for number in range(n)],
            "started_at": pd.Timestamp("2026-01-05") + pd.to_timedelta(random.integers(0, 86400, n), "s"),
            "n_events": events,
            "clicks": views,
            "page_views": np.ones(n, int),
            "product_views": views,
            "searches": np.zeros(n, int),
            "cart_adds": adds,
            "cart_removes": np.zeros(n, int),
            "checkouts": np.zeros(n, int),
            "duration_seconds": random.exponential(120, n).round(1),
            "unique_products": views,
            "price_mean": price,
            "price_max": price * 1.2,
            "cart_value": adds * 30.0,
            "dominant_category": random.choice(["dresses", "shoes"], n),
            "country_group": random.choice(["Germany", "EU"], n),
            "day_of_week": np.ones(n, int),
            "is_returning": random.random(n) < 0.3,
            "purchased": bought if outcomes else None,
            "revenue": paid if outcomes else None,
            "purchase_probability": probability,
            "predicted_purchase": probability > 0.2,
            "revenue_if_purchase": 60.0,
            "revenue_low": 30.0,
            "revenue_high": 115.0,
            "predicted_revenue": np.where(probability > 0.2, 60.0, 0.0),
            "expected_revenue": probability * 60.0,
            "cluster_id": cluster,
            "cluster_name": np.array(NAMES)[cluster],
            "cluster_x": cluster + random.normal(0, 0.3, n),
            "cluster_y": random.normal(0, 0.3, n),
        }
    )


def write_scored(frame: pd.DataFrame, path: Path) -> Path:
    """Write scored sessions as a result's Parquet."""
    fields = [*SESSION_SCHEMA, *PREDICTION_SCHEMA]
    schema = pa.schema([field for field in fields if field.name in frame.columns])
    columns = [
        pa.array(frame[field.name], type=field.type, from_pandas=True)
        if frame[field.name].notna().any()
        else pa.nulls(len(frame), field.type)
        for field in schema
    ]
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), path)
    return path
