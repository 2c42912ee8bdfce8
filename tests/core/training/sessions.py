"""Session rows of a made-up shop, where carts and checkouts lead to purchases, for tests of training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.schema.sessions import SESSION_SCHEMA

START = pd.Timestamp("2026-01-05")


def session_frame(n: int = 4_000, *, seed: int = 3, days: float = 60, visitors: float = 3.0) -> pd.DataFrame:
    """Return ``n`` sessions in order of time; about one in ten buys, for some 60 euros."""
    random = np.random.default_rng(seed)
    kind = random.choice(4, size=n, p=[0.35, 0.3, 0.2, 0.15])
    views = random.poisson(np.array([0.4, 3, 8, 5])[kind])
    searches = random.poisson(np.array([0.1, 0.2, 1.5, 0.5])[kind])
    adds = np.where(kind == 3, 1 + random.poisson(0.5, n), random.random(n) < 0.03).astype(int)
    checkouts = np.where(adds > 0, random.random(n) < 0.4, False).astype(int)
    pages = 1 + random.poisson(1.5, n)
    price = np.where(views > 0, random.lognormal(3.3, 0.5, n), np.nan)
    returning = random.random(n) < 0.3
    logit = -4.0 + 1.6 * (adds > 0) + 1.8 * checkouts + 0.7 * returning + 0.05 * views
    bought = random.random(n) < 1 / (1 + np.exp(-logit))
    cart = adds * np.where(np.isnan(price), 30.0, price)
    paid = np.exp(3.4 + 0.25 * np.log1p(cart) + random.normal(0, 0.4, n))
    started = START + pd.to_timedelta(np.sort(random.random(n)) * days, unit="D")
    duration = random.exponential(20 + 30 * views)
    events = pages + views + searches + adds + checkouts
    return pd.DataFrame(
        {
            "session_id": [f"s{number:06d}" for number in range(n)],
            "visitor_id": [f"v{number:06d}" for number in random.integers(0, int(n * visitors), n)],
            "started_at": started.astype("datetime64[us]"),
            "n_events": events,
            "clicks": views,
            "page_views": pages,
            "product_views": views,
            "searches": searches,
            "cart_adds": adds,
            "cart_removes": np.where(adds > 0, random.random(n) < 0.2, False).astype(int),
            "checkouts": checkouts,
            "duration_seconds": duration,
            "mean_gap_seconds": np.where(events > 1, duration / np.maximum(events - 1, 1), np.nan),
            "unique_products": views,
            "unique_categories": np.minimum(views, 1 + random.poisson(0.5, n)),
            "price_mean": price,
            "price_max": price * 1.3,
            "cart_value": cart,
            "dominant_category": random.choice(["dresses", "shoes", "sale"], n, p=[0.5, 0.3, 0.2]),
            "dominant_colour_group": random.choice(["dark", "cool"], n),
            "country_group": random.choice(["Germany", "EU", "Non-EU"], n),
            "day_of_week": started.day_of_week + 1,
            "hour": started.hour,
            "is_weekday": started.day_of_week < 5,
            "is_returning": returning,
            "purchased": bought,
            "revenue": np.where(bought, paid, 0.0),
        }
    )


def as_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as session rows; columns it lacks are null, columns of its own come last."""
    known = [
        pa.array(frame[field.name], type=field.type, from_pandas=True)
        if field.name in frame and frame[field.name].notna().any()
        else pa.nulls(len(frame), field.type)
        for field in SESSION_SCHEMA
    ]
    table = pa.Table.from_arrays(known, schema=SESSION_SCHEMA)
    for name in frame.columns.difference(SESSION_SCHEMA.names, sort=False):
        table = table.append_column(name, pa.array(frame[name], from_pandas=True))
    return table


def write_sessions(frame: pd.DataFrame, path: Path) -> Path:
    """Write a frame as the Parquet training reads."""
    pq.write_table(as_table(frame), path)
    return path
