"""Trainings, comparisons and datasets to draw, as the store and the comparison hand them out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from core.ingest import inspect
from core.stats.estimate import Figure
from core.storage import Dataset, Result, Training
from core.training.comparison.records import Comparison, MetricComparison
from core.training.data.eligibility import Eligibility
from core.training.purchase.options import QUICK

MORNING = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


def training(**more: Any) -> Training:
    """Return a finished training, but for what is told otherwise."""
    told: dict[str, Any] = {
        "id": "t1",
        "dataset_id": "d1",
        "dataset_name": "Spring",
        "bundle": "spring-1",
        "options": QUICK,
        "who": "Ada Lovelace",
        "state": "done",
        "step": "compare",
        "share": 1.0,
        "message": "Done",
        "error": None,
        "created_at": MORNING,
        "finished_at": MORNING,
        "comparison": None,
        "cancelling": False,
        "folder": Path("/nowhere"),
    }
    return Training(**(told | more))


def line(
    key: str, difference: tuple[float | None, float | None, float | None], **more: Any
) -> MetricComparison:
    """Return one figure of a comparison; the difference is value, low, high."""
    told: dict[str, Any] = {
        "key": key,
        "label": key.replace("_", " "),
        "unit": "score",
        "new": Figure(value=0.8, low=0.75, high=0.85, n=900),
        "old": Figure(value=0.7, low=0.6, high=0.8, n=900),
        "difference": Figure(value=difference[0], low=difference[1], high=difference[2], n=900),
        "better": "new",
    }
    return MetricComparison(**(told | more))


def comparison(**more: Any) -> Comparison:
    """Return a comparison the new model wins."""
    told: dict[str, Any] = {
        "new": "spring-1",
        "old": "demo-shop",
        "n": 1200,
        "buyers": 90,
        "lines": (line("roc_auc", (0.1, 0.02, 0.18)),),
        "verdict": "The new model is better.",
        "better": "new",
    }
    return Comparison(**(told | more))


def eligibility(**more: Any) -> Eligibility:
    """Return what could be learned from a good export."""
    told: dict[str, Any] = {
        "level": "good",
        "headline": "Enough to learn from",
        "reasons": (),
        "remedies": (),
        "sessions": 20_000,
        "buyers": 700,
        "days": 45,
        "first": MORNING,
        "last": MORNING + dt.timedelta(days=45),
        "has_revenue": True,
        "own_columns": (),
    }
    return Eligibility(**(told | more))


def dataset(folder: Path, **more: Any) -> Dataset:
    """Return an uploaded file of sessions; it is written to the folder."""
    path = folder / "spring.csv"
    path.write_text("session_id,clicks,price_mean\na,5,20\n", encoding="utf-8")
    told: dict[str, Any] = {
        "id": "d1",
        "name": "Spring",
        "filename": "spring.csv",
        "size_bytes": path.stat().st_size,
        "sha256": "0" * 64,
        "created_at": MORNING,
        "synthetic": False,
        "recognition": inspect(path),
        "mapping": None,
        "report": None,
        "state": "ready",
        "folder": folder,
        "upload_path": path,
    }
    return Dataset(**(told | more))


def result(**more: Any) -> Result:
    """Return a finished result of that dataset."""
    told: dict[str, Any] = {
        "id": "r1",
        "dataset_id": "d1",
        "dataset_name": "Spring",
        "synthetic": False,
        "bundle": "demo-shop",
        "state": "done",
        "step": "finish",
        "share": 1.0,
        "message": "Done",
        "error": None,
        "created_at": MORNING,
        "finished_at": MORNING,
        "n_sessions": 20_000,
        "currency": "EUR",
        "has_outcomes": True,
        "has_revenue": True,
        "notes": (),
        "folder": Path("/nowhere"),
    }
    return Result(**(told | more))
